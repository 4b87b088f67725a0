import type { HotRoute, PublishedHotRoute } from '#libs/foundation';
import type { INestApplication } from '@nestjs/common';
import { AuthorizePages } from './authorize/authorize.pages.js';
import { AccountAppsPages } from './consent/account-apps.pages.js';
import { ConsentPages } from './consent/consent.pages.js';
import { IntrospectionHandler } from './introspection/introspection.handler.js';
import { RevocationHandler } from './revocation/revocation.handler.js';
import { TokenHandler } from './token/token.handler.js';

const open = { listener: 'public', access: { kind: 'public' } } as const;

/** The OAuth endpoints and pages, as plain handlers in front of the Express router. */
export function oauthRoutes(app: INestApplication): PublishedHotRoute[] {
  const get = (path: string, handler: HotRoute): PublishedHotRoute => ({
    ...open,
    method: 'GET',
    path,
    handler,
  });
  const post = (path: string, handler: HotRoute): PublishedHotRoute => ({
    ...get(path, handler),
    method: 'POST',
  });
  const authorize = app.get(AuthorizePages, { strict: false });
  const consent = app.get(ConsentPages, { strict: false });
  const apps = app.get(AccountAppsPages, { strict: false });
  return [
    get('/v1/oauth/authorize', authorize.start),
    post('/v1/oauth/authorize', authorize.startByPost),
    get('/v1/oauth/authorize/resume', authorize.resume),
    get('/consent', consent.show),
    post('/consent', consent.submit),
    get('/account/apps', apps.show),
    post('/account/apps', apps.submit),
    post('/v1/oauth/token', app.get(TokenHandler, { strict: false }).handle),
    post('/v1/oauth/revoke', app.get(RevocationHandler, { strict: false }).handle),
    post('/v1/oauth/introspect', app.get(IntrospectionHandler, { strict: false }).handle),
  ];
}
