import { ConfigError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { GrantsService } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';
import { asOption, namedAdministrator } from '../named-administrator.js';

@Injectable()
export class CreateGrantCommand implements CliCommand {
  readonly name = 'grants create';
  readonly summary = 'Let an app run the operations of a bundle.';
  readonly options = {
    'client-id': { value: '<app_…>', required: true },
    bundle: { value: '<name>', required: true },
    range: { value: '<1.x>', required: false },
    'valid-until': { value: '<2027-01-31T00:00:00Z>', required: false },
    ...asOption,
  };

  constructor(private readonly grants: GrantsService) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const id = await this.grants.create(namedAdministrator(options, by), {
      clientId: requiredOption(options, 'client-id'),
      bundle: requiredOption(options, 'bundle'),
      versionRange: options.range,
      validUntil: instant(options['valid-until']),
    });
    return { id };
  }
}

function instant(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  if (!/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(date.getTime()))
    throw new ConfigError('--valid-until takes a time such as 2027-01-31T00:00:00Z.');
  return date;
}
