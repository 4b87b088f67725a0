import { createLogger, NestLogger, SystemClock } from '#libs/foundation';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import type { AuthConfig } from './config.js';
import { type CliCommand, cliCommands } from './modules/ops/index.js';

/** The commands that work on the whole application, in a container of their own. */
export async function openCliContainer(
  config: AuthConfig,
): Promise<{ commands: CliCommand[]; close(): Promise<void> }> {
  const logger = createLogger({ name: 'cli', level: 'fatal' });
  const context = await NestFactory.createApplicationContext(
    AppModule.forRoot({ config, clock: new SystemClock(), logger }),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  return {
    commands: cliCommands.map((type) => context.get<CliCommand>(type, { strict: false })),
    close: () => context.close(),
  };
}
