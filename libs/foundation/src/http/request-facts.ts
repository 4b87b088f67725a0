import type { IncomingMessage } from 'node:http';

/** What the front handler learns of a request before any route sees it. */
export interface RequestFacts {
  /** `req_…`, also sent as X-Request-Id. */
  id: string;
  /** The caller's address through trusted proxies only, IPv4-mapped IPv6 written as IPv4. */
  ip: string;
  userAgent: string;
  startedAtMs: number;
}

const facts = new WeakMap<IncomingMessage, RequestFacts>();

export function setRequestFacts(request: IncomingMessage, value: RequestFacts): void {
  facts.set(request, value);
}

export function requestFacts(request: IncomingMessage): RequestFacts {
  const value = facts.get(request);
  if (!value) throw new Error('a request reached the router without a front handler');
  return value;
}
