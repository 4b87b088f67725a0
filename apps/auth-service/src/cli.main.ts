import { AuthConfig } from './config.js';
import type { CliCommand } from './modules/ops/cli/cli-command.js';
import { cliEnvironment } from './modules/ops/cli/cli-environment.js';
import { MigrateCommand } from './modules/ops/cli/migrate.command.js';
import {
  cliAdministrator,
  describeFailure,
  describeResult,
  parseCommandLine,
} from './modules/ops/cli/run-cli.js';

async function main(words: readonly string[]): Promise<void> {
  const config = AuthConfig.fromEnvironment(cliEnvironment(process.env), 'api');
  // `migrate` must run where there are no tables yet, so it does without the container; and every start waits for
  // it, so it does not even load the rest.
  const migrate = new MigrateCommand(config);
  if (words[0] === migrate.name) return run([migrate], words);
  const { openCliContainer } = await import('./cli-container.js');
  const container = await openCliContainer(config);
  try {
    await run([...container.commands, migrate], words);
  } finally {
    await container.close();
  }
}

async function run(commands: readonly CliCommand[], words: readonly string[]): Promise<void> {
  const { command, options, json } = parseCommandLine(commands, words);
  const result = await command.run(options, cliAdministrator());
  process.stdout.write(`${json ? JSON.stringify(result) : describeResult(result)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
});
