import { Injectable, type Type } from '@nestjs/common';
import { OperationSwitch } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';
import { asOption, namedAdministrator } from '../named-administrator.js';

/** The kill switch of one operation, both ways. */
export const switchCommands: readonly Type<CliCommand>[] = [
  commandOf('block', 'Stop one operation at once, without touching its version.'),
  commandOf('unblock', 'Let a blocked operation run again.'),
];

function commandOf(action: 'block' | 'unblock', summary: string): Type<CliCommand> {
  @Injectable()
  class SwitchCommand implements CliCommand {
    readonly name = `bundles ${action}`;
    readonly summary = summary;
    readonly options = {
      bundle: { value: '<name>', required: true },
      version: { value: '<1.2.3>', required: true },
      operation: { value: '<name>', required: true },
      ...asOption,
    };

    constructor(private readonly operations: OperationSwitch) {}

    async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
      const bundle = requiredOption(options, 'bundle');
      const version = requiredOption(options, 'version');
      const operation = requiredOption(options, 'operation');
      const who = namedAdministrator(options, by);
      await this.operations[action](who, { bundle, version }, operation);
      return { operation, blocked: action === 'block' };
    }
  }
  return SwitchCommand;
}
