import { createHttpApp, type HttpApp } from '#libs/foundation';
import { AppModule, type AppOptions } from './app.module.js';
import { hotRoutes } from './hot-routes.js';

/** Builds api-gateway behind its two listeners, not yet listening. */
export async function createApp(options: AppOptions): Promise<HttpApp> {
  const { config, logger } = options;
  return createHttpApp(AppModule.forRoot(options), {
    logger,
    trustedProxies: config.trustedProxies,
    endpoints: {
      public: { host: config.publicHost, port: config.publicPort, variable: 'GATEWAY_PORT' },
      operator: {
        host: config.operatorHost,
        port: config.operatorPort,
        variable: 'GATEWAY_OPERATOR_PORT',
      },
    },
    hotRoutes,
  });
}
