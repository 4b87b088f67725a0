import { migrate } from '#libs/entities';
import { AuthConfig } from '../../../config.js';
import { Injectable } from '@nestjs/common';
import type { CliCommand, CliResult } from './cli-command.js';

@Injectable()
export class MigrateCommand implements CliCommand {
  readonly name = 'migrate';
  readonly summary = 'Bring the database to the schema of this version.';
  readonly options = {};

  constructor(private readonly config: AuthConfig) {}

  async run(): Promise<CliResult> {
    const { databaseUrl, databaseMigrationUrl } = this.config;
    return { applied: (await migrate(databaseUrl, databaseMigrationUrl)).length };
  }
}
