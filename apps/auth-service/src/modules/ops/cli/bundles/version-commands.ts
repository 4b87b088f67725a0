import { ConfigError } from '#libs/foundation';
import { Injectable, type Type } from '@nestjs/common';
import { BundleVersions, type VersionRow } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';
import { asOption, namedAdministrator } from '../named-administrator.js';

interface Move {
  name: string;
  summary: string;
  options?: CliCommand['options'];
  run(
    versions: BundleVersions,
    by: TenantAdministrator,
    version: { bundle: string; version: string },
    options: CliOptions,
  ): Promise<VersionRow>;
}

/** The commands that lead a bundle version through its life. */
const moves: readonly Move[] = [
  {
    name: 'bundles submit',
    summary: 'Ask for the approval of a draft.',
    run: (versions, by, version) => versions.submit(by, version),
  },
  {
    name: 'bundles approve',
    summary: 'Approve a version of someone else.',
    run: (versions, by, version) => versions.approve(by, version),
  },
  {
    name: 'bundles reject',
    summary: 'Reject a version that is in review.',
    options: { reason: { value: '<text>', required: true } },
    run: (versions, by, version, options) =>
      versions.reject(by, version, requiredOption(options, 'reason')),
  },
  {
    name: 'bundles deprecate',
    summary: 'Tell callers that a version will go; it still runs.',
    options: { sunset: { value: '<RFC 3339 time>', required: false } },
    run: (versions, by, version, options) => versions.deprecate(by, version, sunsetOf(options)),
  },
  {
    name: 'bundles retire',
    summary: 'End a version as if it had never existed.',
    run: (versions, by, version) => versions.retire(by, version),
  },
];

export const versionCommands: readonly Type<CliCommand>[] = moves.map(commandOf);

function commandOf(move: Move): Type<CliCommand> {
  @Injectable()
  class VersionCommand implements CliCommand {
    readonly name = move.name;
    readonly summary = move.summary;
    readonly options = {
      bundle: { value: '<name>', required: true },
      version: { value: '<1.2.3>', required: true },
      ...move.options,
      ...asOption,
    };

    constructor(private readonly versions: BundleVersions) {}

    async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
      const version = {
        bundle: requiredOption(options, 'bundle'),
        version: requiredOption(options, 'version'),
      };
      const row = await move.run(this.versions, namedAdministrator(options, by), version, options);
      return { id: row.id, status: row.status, approved_by: row.approved_by.join(', ') };
    }
  }
  return VersionCommand;
}

function sunsetOf({ sunset }: CliOptions): Date | undefined {
  if (sunset === undefined) return undefined;
  const date = new Date(sunset);
  if (Number.isNaN(date.getTime())) throw new ConfigError('--sunset is no time.');
  return date;
}
