export { OAuthModule } from './oauth.module.js';
export { AccessTokenIssuer } from './token/access-token.issuer.js';
export { TokenHandler } from './token/token.handler.js';
