import type { Type } from '@nestjs/common';
import type { CliCommand } from '../cli-command.js';
import { BundleUsageCommand } from './bundle-usage.command.js';
import { CheckBundlesCommand } from './check-bundles.command.js';
import { CreateGrantCommand } from './create-grant.command.js';
import { grantCommands } from './grant-commands.js';
import { ImportBundleCommand } from './import-bundle.command.js';
import { ListBundlesCommand } from './list-bundles.command.js';
import { ListGrantsCommand } from './list-grants.command.js';
import { ListUpstreamsCommand } from './list-upstreams.command.js';
import { switchCommands } from './switch-commands.js';
import { UpdateUpstreamCommand } from './update-upstream.command.js';
import { versionCommands } from './version-commands.js';

/** The registry of GraphQL operations from the command line. */
export const bundleCommands: readonly Type<CliCommand>[] = [
  BundleUsageCommand,
  CheckBundlesCommand,
  CreateGrantCommand,
  ImportBundleCommand,
  ListBundlesCommand,
  ListGrantsCommand,
  ListUpstreamsCommand,
  UpdateUpstreamCommand,
  ...grantCommands,
  ...switchCommands,
  ...versionCommands,
];
