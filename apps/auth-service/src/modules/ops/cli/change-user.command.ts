import { Injectable } from '@nestjs/common';
import { ConfigError } from '#libs/foundation';
import {
  type TenantAdministrator,
  TenantsService,
  updateUserBody,
  UserChanges,
  UsersQuery,
} from '../../identity/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

@Injectable()
export class ChangeUserCommand implements CliCommand {
  readonly name = 'users change';
  readonly summary = 'Change a person’s role, suspend them, or take them up again.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    email: { value: '<address>', required: true },
    role: { value: 'owner|admin|member', required: false },
    status: { value: 'active|suspended', required: false },
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly users: UsersQuery,
    private readonly changes: UserChanges,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const { role, status } = options;
    const change = updateUserBody.safeParse({
      ...(role === undefined ? {} : { role }),
      ...(status === undefined ? {} : { status }),
    });
    if (!change.success)
      throw new ConfigError('--role takes owner, admin or member; --status active or suspended.');
    const tenant = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    const { id } = await this.users.getByEmail(tenant.id, requiredOption(options, 'email'));
    const user = await this.changes.update(by, tenant.id, id, change.data);
    return { user_id: user.id, role: user.role, status: user.status };
  }
}
