import { createLogger, runProcess, SystemClock } from '#libs/foundation';
import { AuthConfig } from './config.js';
import { createApp } from './create-app.js';

await runProcess(async () => {
  const config = AuthConfig.fromEnvironment();
  const logger = createLogger({ name: 'auth-service', level: config.logLevel });
  const app = await createApp({ config, clock: new SystemClock(), logger });
  const ports = await app.listen();
  return { ports, logger, stop: () => app.close() };
});
