import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock } from '../clock.js';
import { AppError } from '../errors/app-error.js';
import type { Ids } from '../ids/ids.js';
import type { Logger } from '../logging/logger.js';
import { createRequestLog } from '../logging/request-log.js';
import { type CidrList, clientIp } from './client-ip.js';
import { setCommonHeaders } from './common-headers.js';
import type { Drain } from './drain.js';
import { answerError } from './error.filter.js';
import type { ListenerName } from './listener.js';
import { type RequestState, setRequestState } from './request-facts.js';
import type { RequestMetrics } from './request-metrics.js';
import type { Route, RouteTable } from './route-table.js';
import { sendProblem } from './send-problem.js';

/** A route served in front of the Express router, because that router costs more than the work itself. */
export type HotRoute = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A hot route with the place it has in the route table. */
export interface PublishedHotRoute extends Route {
  listener: ListenerName;
  handler: HotRoute;
  /** It answers by `writeAnswer`, or throws before it has set a header. */
  writesHeaders?: boolean;
}

export interface FrontHandlerOptions {
  listener: ListenerName;
  routes: RouteTable;
  /** Each must be in the route table as well. */
  hotRoutes: readonly PublishedHotRoute[];
  router: RequestListener;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  trustedProxies: CidrList;
  metrics: RequestMetrics;
  drain: Drain;
  /** Kept while they are under way. */
  responses: Set<ServerResponse>;
}

/**
 * The first code a request meets: names the listener, sets the headers every answer carries, and lets through
 * only what the route table publishes on this listener. Everything else gets a constant 404, or 405 with Allow.
 */
export function createFrontHandler(options: FrontHandlerOptions): RequestListener {
  const { listener, routes, router, clock, ids, logger, trustedProxies } = options;
  const { metrics, drain, responses } = options;
  const hotRoutes = new Map<Route, PublishedHotRoute>(options.hotRoutes.map((hot) => [hot, hot]));
  const logRequest = createRequestLog(logger);
  const onClose = function (this: ServerResponse): void {
    const nowMs = clock.now();
    responses.delete(this);
    logRequest?.(this, nowMs);
    metrics.note(this, nowMs);
  };
  return (request, response) => {
    const startedAtMs = clock.now();
    const state: RequestState = {
      id: ids.create('req', startedAtMs),
      ip: clientIp(request, trustedProxies),
      userAgent: request.headers['user-agent'] ?? '',
      startedAtMs,
      listener,
      route: undefined,
    };
    setRequestState(request, state);
    response.on('close', onClose);
    responses.add(response);
    // The connection ends with this answer, however busy it is.
    if (drain.started) response.shouldKeepAlive = false;

    const { method = 'GET' } = request;
    const url = (request.url = originForm(request.url ?? '/'));
    // Node would refuse it as well, without a header of ours (RFC 9112 section 3.2).
    if (request.headers.host === undefined && request.httpVersion === '1.1')
      return answerError(logger, request, response, new AppError('invalid_request', noHost));
    const query = url.indexOf('?');
    const match = routes.match(listener, method, query === -1 ? url : url.slice(0, query));
    if (match.kind === 'unknown') return sendProblem(request, response, new AppError('not_found'));
    if (match.kind === 'method-not-allowed')
      return answerError(logger, request, response, methodNotAllowed(match.allow));
    state.route = match.route;
    const hot = hotRoutes.get(match.route);
    if (!hot?.writesHeaders) setCommonHeaders(request, response);
    if (!hot) return router(request, response);
    try {
      // A promise only of the routes that wait for something.
      hot
        .handler(request, response)
        ?.catch((error: unknown) => answerError(logger, request, response, error));
    } catch (error) {
      answerError(logger, request, response, error);
    }
  };
}

/** A server takes the absolute form, which proxies are sent, for the origin form it holds (RFC 9112 section 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const [origin] = /^https?:\/\/[^/?#]+/i.exec(target) ?? [];
  if (origin === undefined) return target;
  const rest = target.slice(origin.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

const noHost = { detail: 'Send a Host header.' };

function methodNotAllowed(allowed: readonly string[]): AppError {
  const allow = allowed.join(', ');
  return new AppError('method_not_allowed', {
    detail: `Use one of: ${allow}.`,
    headers: { Allow: allow },
  });
}
