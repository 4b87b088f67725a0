import type { UserRole } from '#libs/entities';
import { ConfigError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Invitations } from '../../accounts/index.js';
import { emailAddress, type TenantAdministrator, TenantsService } from '../../identity/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

const roles: readonly UserRole[] = ['owner', 'admin', 'member'];

@Injectable()
export class InviteUserCommand implements CliCommand {
  readonly name = 'users invite';
  readonly summary = 'Invite a person; the link to choose a password works once, for 15 minutes.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    email: { value: '<address>', required: true },
    role: { value: 'owner|admin|member', required: true },
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly invitations: Invitations,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const role = roles.find((one) => one === requiredOption(options, 'role'));
    if (!role) throw new ConfigError(`--role is one of ${roles.join(', ')}.`);
    const email = emailAddress.safeParse(requiredOption(options, 'email'));
    if (!email.success) throw new ConfigError('--email takes one e-mail address.');
    const { id: tenantId } = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    const { userId, enrolmentUrl } = await this.invitations.invite(by, {
      tenantId,
      email: email.data,
      role,
    });
    return { user_id: userId, enrolment_url: enrolmentUrl };
  }
}
