import { Injectable } from '@nestjs/common';
import type { TenantAdministrator } from '../../identity/index.js';
import { KeyRotation } from '../../jwks/index.js';
import { KeyChanges } from '../keys/key-changes.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

@Injectable()
export class RevokeKeyCommand implements CliCommand {
  readonly name = 'keys revoke';
  readonly summary = 'Emergency: take a signing key out at once; every token it signed dies.';
  readonly options = { kid: { value: '<kid>', required: true } };

  constructor(
    private readonly rotation: KeyRotation,
    private readonly changes: KeyChanges,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const changes = await this.changes.apply(by, (transaction) =>
      this.rotation.revoke(transaction, requiredOption(options, 'kid')),
    );
    return Object.fromEntries(changes.map(({ kind, kid }) => [kid, kind]));
  }
}
