import { Injectable } from '@nestjs/common';
import type { TenantAdministrator } from '../../identity/index.js';
import { KeyRotation } from '../../jwks/index.js';
import { KeyChanges } from '../keys/key-changes.js';
import type { CliCommand, CliOptions, CliResult } from './cli-command.js';

@Injectable()
export class RevokeAllKeysCommand implements CliCommand {
  readonly name = 'keys revoke-all';
  readonly summary =
    'Emergency: take every signing key out at once, successors too; new ones sign, every token dies.';
  readonly options = {};

  constructor(
    private readonly rotation: KeyRotation,
    private readonly changes: KeyChanges,
  ) {}

  async run(_options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const changes = await this.changes.apply(by, (transaction) =>
      this.rotation.revokeAll(transaction),
    );
    return Object.fromEntries(changes.map(({ kind, kid }) => [kid, kind]));
  }
}
