import { Injectable } from '@nestjs/common';
import { UpstreamsService } from '../../../bundles/index.js';
import type { CliCommand, CliResult } from '../cli-command.js';

@Injectable()
export class ListUpstreamsCommand implements CliCommand {
  readonly name = 'upstreams list';
  readonly summary = 'List the systems behind the gateway, without their credentials.';
  readonly options = {};

  constructor(private readonly upstreams: UpstreamsService) {}

  async run(): Promise<CliResult> {
    const rows = await this.upstreams.list();
    return Object.fromEntries(
      rows.map(({ name, id, kind, base_url, auth_mode, timeout_ms }) => [
        name,
        { id, kind, base_url, auth_mode, timeout_ms },
      ]),
    );
  }
}
