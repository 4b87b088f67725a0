import { createLogger, NestLogger, SystemClock } from '#libs/foundation';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { AuthConfig } from './config.js';
import { cliEnvironment } from './modules/ops/cli/cli-environment.js';
import { MigrateCommand } from './modules/ops/cli/migrate.command.js';
import { cliAdministrator, describeFailure, parseCommandLine } from './modules/ops/cli/run-cli.js';
import { type CliCommand, cliCommands } from './modules/ops/index.js';

async function main(words: readonly string[]): Promise<void> {
  const config = AuthConfig.fromEnvironment(cliEnvironment(process.env), 'api');
  const logger = createLogger({ name: 'cli', level: 'fatal' });
  // `migrate` must run where there are no tables yet, so it does without the container.
  if (words[0] === 'migrate') return run([new MigrateCommand(config)], words);
  const context = await NestFactory.createApplicationContext(
    AppModule.forRoot({ config, clock: new SystemClock(), logger }),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  try {
    await run(
      [
        ...cliCommands.map((type) => context.get<CliCommand>(type, { strict: false })),
        new MigrateCommand(config),
      ],
      words,
    );
  } finally {
    await context.close();
  }
}

async function run(commands: readonly CliCommand[], words: readonly string[]): Promise<void> {
  const { command, options, json } = parseCommandLine(commands, words);
  const result = await command.run(options, cliAdministrator());
  const lines = Object.entries(result).map(([name, value]) => `${name}: ${String(value)}`);
  process.stdout.write(`${json ? JSON.stringify(result) : lines.join('\n')}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
});
