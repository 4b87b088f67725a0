import { Public } from '#libs/foundation';
import { Controller, Get, Header } from '@nestjs/common';
import { KeyRing } from './key-ring.js';

/** Public signing keys (RFC 7517). Both paths answer the same bytes. */
@Public()
@Controller()
export class JwksController {
  constructor(private readonly keyRing: KeyRing) {}

  @Get(['/.well-known/jwks.json', '/v1/auth/jwks.json'])
  @Header('Cache-Control', 'public, max-age=300, stale-while-revalidate=60, stale-if-error=86400')
  @Header('Access-Control-Allow-Origin', '*')
  list(): { keys: Record<string, string>[] } {
    return this.keyRing.publicJwks();
  }
}
