import { Injectable } from '@nestjs/common';
import { Bootstrap, emailAddress, type TenantAdministrator } from '../../identity/index.js';
import { ConfigError } from '#libs/foundation';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

@Injectable()
export class BootstrapCommand implements CliCommand {
  readonly name = 'bootstrap';
  readonly summary = 'Create the first tenant and its owner. Works once.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    'admin-email': { value: '<address>', required: true },
  };

  constructor(private readonly bootstrap: Bootstrap) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const email = emailAddress.safeParse(requiredOption(options, 'admin-email'));
    if (!email.success) throw new ConfigError('--admin-email takes an e-mail address.');
    const { tenantId, userId } = await this.bootstrap.run(by, {
      slug: requiredOption(options, 'tenant'),
      adminEmail: email.data,
    });
    return { tenant_id: tenantId, user_id: userId };
  }
}
