import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock } from '../clock.js';
import { AppError } from '../errors/app-error.js';
import type { Ids } from '../ids/ids.js';
import type { Logger } from '../logging/logger.js';
import { type CidrList, clientIp } from './client-ip.js';
import { answerError } from './error.filter.js';
import { type ListenerName, markListener } from './listener.js';
import { requestFacts, setRequestFacts } from './request-facts.js';
import type { Route, RouteTable } from './route-table.js';
import { sendProblem } from './send-problem.js';

/** A route served in front of the Express router, because that router costs more than the work itself. */
export type HotRoute = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface FrontHandlerOptions {
  listener: ListenerName;
  routes: RouteTable;
  /** By `METHOD /path`. Each must be in the route table as well. */
  hotRoutes: ReadonlyMap<string, HotRoute>;
  router: RequestListener;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  trustedProxies: CidrList;
}

const matched = new WeakMap<IncomingMessage, Route>();

/** The route a request was admitted to. */
export function matchedRoute(request: IncomingMessage): Route | undefined {
  return matched.get(request);
}

/**
 * The first code a request meets: names the listener, sets the headers every answer carries, and lets through
 * only what the route table publishes on this listener. Everything else gets a constant 404, or 405 with Allow.
 */
export function createFrontHandler(options: FrontHandlerOptions): RequestListener {
  const { listener, routes, hotRoutes, router, clock, ids, logger, trustedProxies } = options;
  return (request, response) => {
    markListener(request, listener);
    setRequestFacts(request, {
      id: ids.create('req'),
      ip: clientIp(request, trustedProxies),
      userAgent: request.headers['user-agent'] ?? '',
      startedAtMs: clock.now(),
    });
    setCommonHeaders(request, response);
    response.once('close', () => logRequest(logger, clock, listener, request, response));

    const method = request.method ?? 'GET';
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const match = routes.match(listener, method, path);
    if (match.kind === 'unknown') return sendProblem(request, response, new AppError('not_found'));
    if (match.kind === 'method-not-allowed') {
      const allow = match.allow.join(', ');
      return answerError(
        logger,
        request,
        response,
        new AppError('method_not_allowed', {
          detail: `Use one of: ${allow}.`,
          headers: { Allow: allow },
        }),
      );
    }
    matched.set(request, match.route);
    const hot = hotRoutes.get(`${match.route.method} ${match.route.path}`);
    if (!hot) return router(request, response);
    void Promise.resolve(hot(request, response)).catch((error: unknown) => {
      answerError(logger, request, response, error);
    });
  };
}

function setCommonHeaders(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('X-Request-Id', requestFacts(request).id);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Strict-Transport-Security', 'max-age=63072000; includeSubDomains');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
}

/** One canonical line a request. The route pattern, never the URL: a query string may carry what must not be logged. */
function logRequest(
  logger: Logger,
  clock: Clock,
  listener: ListenerName,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const facts = requestFacts(request);
  logger.info(
    {
      request_id: facts.id,
      listener,
      method: request.method,
      route: matchedRoute(request)?.path ?? 'unknown',
      status: response.statusCode,
      aborted: !response.writableFinished,
      duration_ms: clock.now() - facts.startedAtMs,
      ip: facts.ip,
    },
    'request',
  );
}
