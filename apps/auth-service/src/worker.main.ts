import { createLogger, runProcess, SystemClock } from '#libs/foundation';
import { AuthConfig } from './config.js';
import { createApp } from './create-app.js';

/** The delivery worker with its health and metrics and nothing public: as many processes as there is work for. */
await runProcess(async () => {
  const config = AuthConfig.fromEnvironment(undefined, 'worker');
  const logger = createLogger({ name: 'webhook-worker', level: config.logLevel });
  const app = await createApp({ config, clock: new SystemClock(), logger });
  const ports = await app.listenForOperators();
  return { ports, logger, stop: () => app.close() };
});
