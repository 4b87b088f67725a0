import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestFacts } from './request-facts.js';

/** Names and values in turn, as `writeHead` takes them. */
type FlatHeaders = readonly string[];

const fixed: FlatHeaders = [
  'X-Content-Type-Options',
  'nosniff',
  'Strict-Transport-Security',
  'max-age=63072000; includeSubDomains',
  'Referrer-Policy',
  'no-referrer',
];

/** Sets the headers that every answer carries; a route may set `Cache-Control` otherwise. */
export function setCommonHeaders(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('X-Request-Id', requestFacts(request).id);
  for (let at = 0; at < fixed.length; at += 2)
    response.setHeader(fixed[at] ?? '', fixed[at + 1] ?? '');
  response.setHeader('Cache-Control', 'no-store');
}

/** The headers that every answer carries, with its own behind them. @param headers `Cache-Control` among them */
export function commonHeaders(requestId: string, headers: FlatHeaders): string[] {
  return ['X-Request-Id', requestId, ...fixed, ...headers];
}

/**
 * A whole answer of a route that `writesHeaders`: the common headers and its own go out as one list, which spares
 * each the look-ups of `setHeader` (4 µs an answer).
 * @param headers `Cache-Control` among them
 */
export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: FlatHeaders,
  body?: string,
): void {
  response.writeHead(status, commonHeaders(requestFacts(request).id, headers));
  response.end(body);
}
