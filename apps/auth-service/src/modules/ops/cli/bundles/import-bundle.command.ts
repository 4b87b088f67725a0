import { readBundleFolder } from '#libs/operations';
import { Injectable } from '@nestjs/common';
import { BundleVersions } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';
import { asOption, namedAdministrator } from '../named-administrator.js';

@Injectable()
export class ImportBundleCommand implements CliCommand {
  readonly name = 'bundles import';
  readonly summary = 'Store a folder with bundle.json and .graphql files as a draft.';
  readonly argument = 'folder';
  readonly options = asOption;

  constructor(private readonly versions: BundleVersions) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const source = readBundleFolder(requiredOption(options, 'folder'));
    const row = await this.versions.create(namedAdministrator(options, by), source);
    return { id: row.id, bundle: row.bundle, version: row.version, status: row.status };
  }
}
