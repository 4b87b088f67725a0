import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../errors/app-error.js';
import { OAuthError } from '../errors/oauth-error.js';
import { setCommonHeaders } from './common-headers.js';
import { hasBody } from './read-body.js';
import { requestFacts } from './request-facts.js';

/** Answers a resource route's failure as problem+json (RFC 9457). */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
): void {
  // The constant 404 echoes nothing, the path included.
  const instance = error.code === 'not_found' ? undefined : pathOf(request);
  const body = problemOf(error, requestFacts(request).id, instance);
  sendJson(request, response, error.status, 'application/problem+json', body, error.headers);
}

/** The problem document of an error. @param instance the path that was asked for, if it is known and may be told */
export function problemOf(
  error: AppError,
  requestId: string,
  instance?: string,
): Record<string, unknown> {
  return {
    type: 'about:blank',
    title: error.title,
    status: error.status,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(instance === undefined ? {} : { instance }),
    code: error.code,
    request_id: requestId,
    ...(error.errors ? { errors: error.errors } : {}),
    ...error.extensions,
  };
}

/** Answers a failure of `/v1/oauth/*` in the shape of RFC 6749 section 5.2. */
export function sendOAuthError(
  request: IncomingMessage,
  response: ServerResponse,
  error: OAuthError,
): void {
  const body = { error: error.code, error_description: error.description };
  sendJson(request, response, error.status, 'application/json', body, {
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
    ...error.headers,
  });
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  setCommonHeaders(request, response);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.length);
  // A body that was refused unread would be taken for the next request on the connection.
  if (!request.complete && hasBody(request)) response.setHeader('Connection', 'close');
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
