import { ConfigError, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { findBroken, Schemas } from '../../../bundles/index.js';
import type { CliCommand, CliResult } from '../cli-command.js';

@Injectable()
export class CheckBundlesCommand implements CliCommand {
  readonly name = 'bundles check';
  readonly summary =
    'Validate every approved version against the schema of this release; fails where one would break.';
  readonly options = {};

  constructor(
    private readonly database: Database,
    private readonly schemas: Schemas,
  ) {}

  async run(): Promise<CliResult> {
    const broken = await findBroken(this.database, await this.schemas.load());
    const names = Object.keys(broken);
    if (names.length > 0) {
      throw new ConfigError(`This schema breaks ${names.join(', ')}: ${JSON.stringify(broken)}`);
    }
    return { broken: 0 };
  }
}
