import { AuthConfig } from '../../../config.js';
import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import { Reseal } from '../keys/reseal.js';
import type { CliCommand, CliOptions, CliResult } from './cli-command.js';

@Injectable()
export class ResealKeysCommand implements CliCommand {
  readonly name = 'keys reseal';
  readonly summary =
    'Seal every key anew under KEY_ENCRYPTION_KEY, so that the previous one can go.';
  readonly options = {};

  constructor(
    private readonly reseal: Reseal,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly config: AuthConfig,
  ) {}

  async run(_options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const resealed = await this.reseal.run();
    await this.database.transaction((transaction) =>
      this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: 'key_encryption_key.resealed',
        target: { kind: 'key_encryption_key', id: this.config.secretBox.current.id },
        request: by.request,
        after: { resealed },
      }),
    );
    return { resealed };
  }
}
