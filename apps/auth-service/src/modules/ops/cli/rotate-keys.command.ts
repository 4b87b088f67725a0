import type { SigningAlg } from '#libs/entities';
import { ConfigError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { TenantAdministrator } from '../../identity/index.js';
import { KeyRotation } from '../../jwks/index.js';
import { KeyChanges } from '../keys/key-changes.js';
import type { CliCommand, CliOptions, CliResult } from './cli-command.js';

const algorithms: readonly SigningAlg[] = ['RS256', 'ES256', 'EdDSA'];

@Injectable()
export class RotateKeysCommand implements CliCommand {
  readonly name = 'keys rotate';
  readonly summary = 'Let the published successor of a signing key take over now.';
  readonly options = { alg: { value: 'RS256|ES256|EdDSA', required: false } };

  constructor(
    private readonly rotation: KeyRotation,
    private readonly changes: KeyChanges,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const alg = algorithms.find((one) => one === (options.alg ?? 'RS256'));
    if (!alg) throw new ConfigError(`--alg is one of ${algorithms.join(', ')}.`);
    const changes = await this.changes.apply(by, (transaction) =>
      this.rotation.rotate(transaction, alg),
    );
    return Object.fromEntries(changes.map(({ kind, kid }) => [kid, kind]));
  }
}
