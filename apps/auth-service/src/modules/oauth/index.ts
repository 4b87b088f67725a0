export { oauthRoutes } from './oauth-routes.js';
export { OAuthModule } from './oauth.module.js';
export { AccessTokenIssuer } from './token/access-token.issuer.js';
