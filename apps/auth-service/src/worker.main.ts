import { createLogger, NestLogger, runProcess, SystemClock } from '#libs/foundation';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { AuthConfig } from './config.js';

/** The delivery worker alone, without listeners: as many processes as there is work for. */
await runProcess(async () => {
  const config = AuthConfig.fromEnvironment(undefined, 'worker');
  const logger = createLogger({ name: 'webhook-worker', level: config.logLevel });
  const context = await NestFactory.createApplicationContext(
    AppModule.forRoot({ config, clock: new SystemClock(), logger }),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  return { ports: {}, logger, stop: () => context.close() };
});
