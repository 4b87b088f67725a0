import { Injectable } from '@nestjs/common';
import { AuditRetention } from '../../identity/index.js';
import type { CliCommand, CliResult } from './cli-command.js';

@Injectable()
export class PruneAuditCommand implements CliCommand {
  readonly name = 'audit prune';
  readonly summary = 'Remove audit entries older than 400 days, behind a signed checkpoint.';
  readonly options = {};

  constructor(private readonly retention: AuditRetention) {}

  async run(): Promise<CliResult> {
    return { removed: await this.retention.prune() };
  }
}
