import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { KeyRing } from './key-ring.js';

const jwkSet = 'application/jwk-set+json';

/** Public signing keys (RFC 7517), from text the key ring has prepared. Both paths answer the same. */
@Injectable()
export class JwksHandler {
  constructor(private readonly keyRing: KeyRing) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { text, etag } = this.keyRing.jwksDocument();
    response.setHeader(
      'Cache-Control',
      'public, max-age=300, stale-while-revalidate=60, stale-if-error=86400',
    );
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Vary', 'Accept');
    response.setHeader('ETag', etag);
    if (matches(request.headers['if-none-match'], etag)) {
      response.statusCode = 304;
      response.end();
      return;
    }
    const accepts = (request.headers.accept ?? '').toLowerCase().includes(jwkSet);
    response.setHeader('Content-Type', accepts ? jwkSet : 'application/json');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    response.end(request.method === 'HEAD' ? undefined : text);
  };
}

/** The weak comparison of RFC 9110 section 13.1.2. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
