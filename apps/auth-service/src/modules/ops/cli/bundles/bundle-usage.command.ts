import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { getVersion, readUsage } from '../../../bundles/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';

@Injectable()
export class BundleUsageCommand implements CliCommand {
  readonly name = 'bundles usage';
  readonly summary = 'Tell which app last used which operation of a version.';
  readonly options = {
    bundle: { value: '<name>', required: true },
    version: { value: '<1.2.3>', required: true },
  };

  constructor(private readonly database: Database) {}

  async run(options: CliOptions): Promise<CliResult> {
    const bundle = requiredOption(options, 'bundle');
    const version = requiredOption(options, 'version');
    const { id } = await getVersion(this.database, bundle, version);
    const rows = await readUsage(this.database, id);
    return Object.fromEntries(
      rows.map((row) => [
        `${row.operation_name} ${row.client_id} ${row.tenant_id}`,
        `${row.requests} requests, ${row.failures} failed, last ${row.last_used_at.toISOString()}`,
      ]),
    );
  }
}
