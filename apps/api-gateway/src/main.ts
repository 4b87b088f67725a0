import { createLogger, runProcess, SystemClock } from '#libs/foundation';
import { GatewayConfig } from './config.js';
import { createApp } from './create-app.js';

await runProcess(async () => {
  const config = GatewayConfig.fromEnvironment();
  const logger = createLogger({ name: 'api-gateway', level: config.logLevel });
  const app = await createApp({ config, clock: new SystemClock(), logger });
  const ports = await app.listen();
  return { ports, logger, stop: () => app.close() };
});
