import { Injectable } from '@nestjs/common';
import { GrantsService } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';

@Injectable()
export class CreateGrantCommand implements CliCommand {
  readonly name = 'grants create';
  readonly summary = 'Let an app run the operations of a bundle.';
  readonly options = {
    'client-id': { value: '<app_…>', required: true },
    bundle: { value: '<name>', required: true },
    range: { value: '<1.x>', required: false },
  };

  constructor(private readonly grants: GrantsService) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const id = await this.grants.create(by, {
      clientId: requiredOption(options, 'client-id'),
      bundle: requiredOption(options, 'bundle'),
      versionRange: options.range,
    });
    return { id };
  }
}
