import {
  type DynamicModule,
  type INestApplication,
  StandardSchemaSerializerInterceptor,
} from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { collectDefaultMetrics } from 'prom-client';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import { Metrics } from '../metrics.js';
import type { CidrList } from './client-ip.js';
import { Drain } from './drain.js';
import { ErrorFilter } from './error.filter.js';
import type { PublishedHotRoute } from './front-handler.js';
import { BearerChallenge } from './bearer-challenge.js';
import { JsonBodyInterceptor } from './json-body.interceptor.js';
import type { ListenerName } from './listener.js';
import { type Endpoint, Listeners } from './listeners.js';
import { nestRoutes } from './nest-routes.js';
import { PageLinkInterceptor } from './page-link.interceptor.js';
import { RouteTable } from './route-table.js';
import { SchemaPipe } from './schema.pipe.js';

export interface HttpAppOptions {
  logger: Logger;
  endpoints: Readonly<Record<ListenerName, Endpoint>>;
  trustedProxies: CidrList;
  /** Built once the container is up. */
  hotRoutes?: (app: INestApplication) => readonly PublishedHotRoute[];
}

/** One Nest application behind two listeners. */
export interface HttpApp {
  app: INestApplication;
  routes: RouteTable;
  /** Both listeners. @returns their real ports */
  listen(): Promise<Record<ListenerName, number>>;
  /** The operator listener alone: of a process that serves no integrator. */
  listenForOperators(): Promise<Record<'operator', number>>;
  /** Drains the listeners and stops what joined the drain, then shuts the container down. */
  close(graceMs?: number): Promise<void>;
}

const defaultGraceMs = 15_000;

export async function createHttpApp(
  module: DynamicModule,
  options: HttpAppOptions,
): Promise<HttpApp> {
  const { logger, endpoints, trustedProxies } = options;
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.disable('etag');
  app.useGlobalPipes(new SchemaPipe());
  app.useGlobalFilters(new ErrorFilter(logger));
  const reflector = app.get(Reflector);
  app.useGlobalInterceptors(
    new JsonBodyInterceptor(reflector, app.get(BearerChallenge, { strict: false })),
    new PageLinkInterceptor(),
    new StandardSchemaSerializerInterceptor(reflector),
  );
  await app.init();

  const routes = new RouteTable();
  for (const route of nestRoutes(app)) routes.add(route);
  const hotRoutes = options.hotRoutes?.(app) ?? [];
  for (const route of hotRoutes) routes.add(route);
  collectDefaultMetrics({ register: app.get(Metrics, { strict: false }).registry });
  const listeners = new Listeners({ app, routes, hotRoutes, endpoints, trustedProxies, logger });
  return {
    app,
    routes,
    listen: () => listeners.listen(['public', 'operator']),
    listenForOperators: () => listeners.listen(['operator']),
    close: async (graceMs = defaultGraceMs) => {
      await Promise.all([listeners.close(graceMs), app.get(Drain, { strict: false }).stopWork()]);
      await app.close();
    },
  };
}
