import { Injectable } from '@nestjs/common';
import { type TenantAdministrator, TenantsService } from '../../identity/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';
import { administratorOf, asOption } from './named-administrator.js';

@Injectable()
export class CreateTenantCommand implements CliCommand {
  readonly name = 'tenants create';
  readonly summary = 'Create a tenant.';
  readonly options = {
    slug: { value: '<slug>', required: true },
    name: { value: '<display name>', required: false },
    ...asOption,
  };

  constructor(private readonly tenants: TenantsService) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const tenant = await this.tenants.create(administratorOf(options, by), {
      slug: requiredOption(options, 'slug'),
      ...(options.name === undefined ? {} : { name: options.name }),
    });
    return { tenant_id: tenant.id };
  }
}
