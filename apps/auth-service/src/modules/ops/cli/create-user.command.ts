import { Injectable } from '@nestjs/common';
import { ConfigError } from '#libs/foundation';
import {
  createUserBody,
  type TenantAdministrator,
  TenantsService,
  UsersService,
} from '../../identity/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

@Injectable()
export class CreateUserCommand implements CliCommand {
  readonly name = 'users create';
  readonly summary = 'Add a person to a tenant. They sign in once they are enrolled.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    email: { value: '<address>', required: true },
    role: { value: 'owner|admin|member', required: true },
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly users: UsersService,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const user = createUserBody.safeParse({ email: options.email, role: options.role });
    if (!user.success)
      throw new ConfigError('--email takes an address, --role takes owner, admin or member.');
    const tenant = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    const { email, role } = user.data;
    const { id } = await this.users.create(by, { tenantId: tenant.id, email, role });
    return { user_id: id, role };
  }
}
