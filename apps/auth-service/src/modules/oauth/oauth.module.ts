import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { JwksModule } from '../jwks/index.js';
import { AccessTokenIssuer } from './token/access-token.issuer.js';

@Module({
  imports: [IdentityModule, JwksModule],
  providers: [AccessTokenIssuer],
  exports: [AccessTokenIssuer],
})
export class OAuthModule {}
