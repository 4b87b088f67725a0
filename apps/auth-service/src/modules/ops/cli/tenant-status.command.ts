import { Injectable } from '@nestjs/common';
import { ConfigError } from '#libs/foundation';
import { type TenantAdministrator, TenantChanges, TenantsService } from '../../identity/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';
import { administratorOf, asOption } from './named-administrator.js';

@Injectable()
export class TenantStatusCommand implements CliCommand {
  readonly name = 'tenants status';
  readonly summary = 'Suspend a tenant, or take it up again.';
  readonly options = {
    slug: { value: '<slug>', required: true },
    to: { value: 'active|suspended', required: true },
    ...asOption,
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly changes: TenantChanges,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const status = requiredOption(options, 'to');
    if (status !== 'active' && status !== 'suspended')
      throw new ConfigError('--to takes active or suspended.');
    const { id } = await this.tenants.getBySlug(requiredOption(options, 'slug'));
    const tenant = await this.changes.update(administratorOf(options, by), id, { status });
    return { tenant_id: tenant.id, status: tenant.status };
  }
}
