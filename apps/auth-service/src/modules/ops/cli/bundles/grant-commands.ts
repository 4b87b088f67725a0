import { Injectable, type Type } from '@nestjs/common';
import { type GrantAction, GrantsService } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';
import { asOption, namedAdministrator } from '../named-administrator.js';

/** What can become of a grant. */
export const grantCommands: readonly Type<CliCommand>[] = [
  commandOf('suspend', 'Suspend a grant.'),
  commandOf('resume', 'Let a suspended grant count again.'),
  commandOf('revoke', 'End a grant for good.'),
];

function commandOf(action: GrantAction, summary: string): Type<CliCommand> {
  @Injectable()
  class GrantCommand implements CliCommand {
    readonly name = `grants ${action}`;
    readonly summary = summary;
    readonly options = { id: { value: '<bgr_…>', required: true }, ...asOption };

    constructor(private readonly grants: GrantsService) {}

    async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
      const id = requiredOption(options, 'id');
      await this.grants.change(namedAdministrator(options, by), id, action);
      return { id, action };
    }
  }
  return GrantCommand;
}
