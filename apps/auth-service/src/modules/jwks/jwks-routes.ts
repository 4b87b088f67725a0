import type { PublishedHotRoute } from '#libs/foundation';
import type { INestApplication } from '@nestjs/common';
import { JwksHandler } from './jwks.handler.js';

/** Both paths of the contract, from one handler. */
export function jwksRoutes(app: INestApplication): PublishedHotRoute[] {
  const { handle: handler } = app.get(JwksHandler, { strict: false });
  return ['/.well-known/jwks.json', '/v1/auth/jwks.json'].map((path) => ({
    listener: 'public',
    access: { kind: 'public' },
    method: 'GET',
    path,
    handler,
    writesHeaders: true,
  }));
}
