import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { readSigningKeys } from '../../jwks/index.js';
import type { CliCommand, CliResult } from './cli-command.js';

@Injectable()
export class ListKeysCommand implements CliCommand {
  readonly name = 'keys list';
  readonly summary =
    'List the signing keys with their algorithm, state and the time they may sign from.';
  readonly options = {};

  constructor(private readonly database: Database) {}

  async run(): Promise<CliResult> {
    const keys = await readSigningKeys(this.database);
    return Object.fromEntries(
      keys.map(({ kid, alg, status, usableFromMs }) => [
        kid,
        { alg, status, usable_from: new Date(usableFromMs).toISOString() },
      ]),
    );
  }
}
