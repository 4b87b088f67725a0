import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { listGrants, toGrant } from '../../../bundles/index.js';
import type { CliCommand, CliOptions, CliResult } from '../cli-command.js';

@Injectable()
export class ListGrantsCommand implements CliCommand {
  readonly name = 'grants list';
  readonly summary = 'List grants, newest first.';
  readonly options = {
    'client-id': { value: '<app_…>', required: false },
    bundle: { value: '<name>', required: false },
  };

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async run(options: CliOptions): Promise<CliResult> {
    const filter = { client_id: options['client-id'], bundle: options.bundle };
    const rows = await listGrants(this.database, filter);
    return Object.fromEntries(
      rows.map((row) => {
        const { id, client_id, tenant_id, bundle, version_range, status, valid_until } = toGrant(
          row,
          this.clock.date(),
        );
        return [id, { status, client_id, tenant_id, bundle, version_range, valid_until }];
      }),
    );
  }
}
