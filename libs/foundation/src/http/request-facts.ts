import type { IncomingMessage } from 'node:http';
import type { ListenerName } from './listener.js';
import type { Route } from './route-table.js';

/** What the front handler learns of a request before any route sees it. */
export interface RequestFacts {
  /** `req_…`, also sent as X-Request-Id. */
  readonly id: string;
  /** The caller's address through trusted proxies only, IPv4-mapped IPv6 written as IPv4. */
  readonly ip: string;
  readonly userAgent: string;
  readonly startedAtMs: number;
}

/** All that the front handler notes of a request. */
export interface RequestState extends RequestFacts {
  readonly listener: ListenerName;
  route: Route | undefined;
}

const noted = Symbol('request state');
type NotedRequest = IncomingMessage & { [noted]?: RequestState };

/** Called by the front handler, once per request, before anything reads the request. */
export function setRequestState(request: IncomingMessage, state: RequestState): void {
  // A property of the request: a WeakMap for each fact cost 5 µs a request, most of it in the garbage collector.
  (request as NotedRequest)[noted] = state;
}

export function requestState(request: IncomingMessage): RequestState {
  const state = (request as NotedRequest)[noted];
  if (!state) throw new Error('a request reached the router without a front handler');
  return state;
}

export function requestFacts(request: IncomingMessage): RequestFacts {
  return requestState(request);
}

/** Decided by the server object that accepted the connection, never by a path or a header. */
export function listenerOf(request: IncomingMessage): ListenerName {
  return requestState(request).listener;
}

/** The route a request was admitted to. */
export function matchedRoute(request: IncomingMessage): Route | undefined {
  return requestState(request).route;
}
