import type { IncomingMessage, ServerResponse } from 'node:http';
import { negotiate, writeAnswer } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { KeyRing } from './key-ring.js';

const jwkSet = 'application/jwk-set+json';

/** Public signing keys (RFC 7517), from text the key ring has prepared. Both paths answer the same. */
@Injectable()
export class JwksHandler {
  constructor(private readonly keyRing: KeyRing) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { text, etag, headers } = this.keyRing.jwksDocument();
    if (matches(request.headers['if-none-match'], etag))
      return writeAnswer(request, response, 304, headers);
    // Verifiers that accept neither get JSON all the same, as RFC 9110 section 12.5.1 allows: they need the keys.
    const type = negotiate(request.headers.accept, jwkSet) ?? 'application/json';
    const length = String(Buffer.byteLength(text));
    const whole = [...headers, 'Content-Type', type, 'Content-Length', length];
    writeAnswer(request, response, 200, whole, text);
  };
}

/** The weak comparison of RFC 9110 section 13.1.2. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
