import type { ServerResponse } from 'node:http';

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
export function sendOAuthJson(response: ServerResponse, body: unknown): void {
  // A string goes out in one write with the headers; a buffer takes a second one.
  const text = JSON.stringify(body);
  response.statusCode = 200;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Pragma', 'no-cache');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
