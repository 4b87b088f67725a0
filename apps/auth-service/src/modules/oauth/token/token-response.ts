import type { IncomingMessage, ServerResponse } from 'node:http';

/** RFC 6749 section 5.1; `scope` is always there. */
export interface TokenResponse {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
  scope: string;
  refresh_token?: string;
}

/** Answers 200 with JSON that nobody may keep (RFC 6749 section 5.1). */
export function sendOAuthJson(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = 200;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Pragma', 'no-cache');
  response.setHeader('Content-Length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
