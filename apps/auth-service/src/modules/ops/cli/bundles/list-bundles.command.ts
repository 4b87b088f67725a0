import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { listVersions } from '../../../bundles/index.js';
import type { CliCommand, CliResult } from '../cli-command.js';

@Injectable()
export class ListBundlesCommand implements CliCommand {
  readonly name = 'bundles list';
  readonly summary = 'List every bundle version with its state and its approvers.';
  readonly options = {};

  constructor(private readonly database: Database) {}

  async run(): Promise<CliResult> {
    const rows = await listVersions(this.database);
    return Object.fromEntries(
      rows.map((row) => [
        `${row.bundle}@${row.version}`,
        [row.status, ...row.approved_by.map((name) => `by ${name}`)].join(' '),
      ]),
    );
  }
}
