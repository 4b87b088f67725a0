import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Clock } from '../clock.js';
import { ConfigError } from '../config/parse-environment.js';
import { Ids } from '../ids/ids.js';
import type { Logger } from '../logging/logger.js';
import { Metrics } from '../metrics.js';
import type { CidrList } from './client-ip.js';
import { createClientErrorListener } from './client-error.js';
import { Drain } from './drain.js';
import { createFrontHandler, type PublishedHotRoute } from './front-handler.js';
import type { ListenerName } from './listener.js';
import { RequestMetrics } from './request-metrics.js';
import { RouteTable } from './route-table.js';

export interface Endpoint {
  host: string;
  port: number;
  /** The environment variable that sets the port, for the sentence when it is taken. */
  variable: string;
}

export interface ListenersOptions {
  app: INestApplication;
  routes: RouteTable;
  hotRoutes: readonly PublishedHotRoute[];
  endpoints: Readonly<Record<ListenerName, Endpoint>>;
  trustedProxies: CidrList;
  logger: Logger;
}

/** The two HTTP servers in front of one router. */
export class Listeners {
  private readonly servers: Record<ListenerName, Server>;
  private readonly responses = new Set<ServerResponse>();
  private readonly drain: Drain;
  private readonly metrics: RequestMetrics;

  constructor(private readonly options: ListenersOptions) {
    const { app } = options;
    this.drain = app.get(Drain, { strict: false });
    this.metrics = new RequestMetrics(app.get(Metrics, { strict: false }));
    this.servers = { public: this.createServer('public'), operator: this.createServer('operator') };
  }

  /**
   * Binds the servers that are named.
   * @returns the real ports, also where 0 was asked for
   * @throws ConfigError when a port is taken or may not be bound
   */
  async listen<Name extends ListenerName>(names: readonly Name[]): Promise<Record<Name, number>> {
    const ports: Partial<Record<Name, number>> = {};
    for (const name of names) ports[name] = await this.bind(name);
    return ports as Record<Name, number>;
  }

  /**
   * Accepts nothing more, tells callers that their connections end, waits for the requests in flight and cuts what is
   * left after `graceMs`. Operators see all of it: their listener is the last to close.
   */
  async close(graceMs: number): Promise<void> {
    this.drain.started = true;
    for (const response of this.responses) response.shouldKeepAlive = false;
    const { public: publicServer, operator } = this.servers;
    const cut = setTimeout(() => {
      publicServer.closeAllConnections();
      operator.closeAllConnections();
    }, graceMs);
    await closeServer(publicServer);
    await closeServer(operator);
    clearTimeout(cut);
  }

  private createServer(listener: ListenerName): Server {
    const { app, routes, hotRoutes, trustedProxies, logger } = this.options;
    const clock = app.get(Clock, { strict: false });
    const router = app.getHttpAdapter().getInstance() as Parameters<typeof createServer>[1];
    if (typeof router !== 'function') throw new Error('the HTTP adapter has no request listener');
    const ids = app.get(Ids, { strict: false });
    const { responses } = this;
    const handler = createFrontHandler({
      listener,
      routes,
      hotRoutes: hotRoutes.filter((route) => route.listener === listener),
      router,
      clock,
      ids,
      logger,
      trustedProxies,
      metrics: this.metrics,
      drain: this.drain,
      responses,
    });
    const options = {
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      // No stream events for a request without a body; `readBody` waits for none. 5 µs a GET.
      optimizeEmptyRequests: true,
      // The front handler refuses it.
      requireHostHeader: false,
    };
    const server = createServer(options, handler);
    server.on('clientError', createClientErrorListener({ clock, ids, logger, responses }));
    // An expectation that nobody knows may be ignored (RFC 9110 section 10.1.1).
    server.on('checkExpectation', handler);
    return server;
  }

  private async bind(listener: ListenerName): Promise<number> {
    const { host, port, variable } = this.options.endpoints[listener];
    const server = this.servers[listener];
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const reason =
        code === 'EADDRINUSE'
          ? 'is taken by another process'
          : `cannot be bound (${code ?? 'unknown'})`;
      throw new ConfigError(
        `Port ${port} on ${host} ${reason}: set ${variable} to a free port, or to 0 to have one picked.`,
      );
    }
    return (server.address() as AddressInfo).port;
  }
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
}
