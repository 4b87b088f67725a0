export { IntrospectionHandler } from './introspection/introspection.handler.js';
export { OAuthModule } from './oauth.module.js';
export { RevocationHandler } from './revocation/revocation.handler.js';
export { AccessTokenIssuer } from './token/access-token.issuer.js';
export { TokenHandler } from './token/token.handler.js';
