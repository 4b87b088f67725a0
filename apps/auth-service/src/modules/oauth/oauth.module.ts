import { Clock } from '#libs/foundation';
import { Module } from '@nestjs/common';
import { AuthConfig } from '../../config.js';
import { IdentityModule } from '../identity/index.js';
import { JwksModule } from '../jwks/index.js';
import { ClientAuthentication } from './client-authentication/client-authentication.js';
import { FailedAuthentications } from './rate-limits/failed-authentications.js';
import { TokenLimits } from './rate-limits/token-limits.js';
import { TokenQuotas } from './rate-limits/token-quotas.js';
import { ServiceTokensController } from './service-tokens/service-tokens.controller.js';
import { ServiceTokens } from './service-tokens/service-tokens.service.js';
import { AccessTokenIssuer } from './token/access-token.issuer.js';
import { grantTypes } from './token/grants/grant-registry.js';
import { TokenHandler } from './token/token.handler.js';
import { UsageRecorder } from './usage/usage-recorder.js';

@Module({
  imports: [IdentityModule, JwksModule],
  controllers: [ServiceTokensController],
  providers: [
    {
      provide: FailedAuthentications,
      useFactory: (clock: Clock, config: AuthConfig) =>
        new FailedAuthentications(clock, config.rateLimitScale),
      inject: [Clock, AuthConfig],
    },
    AccessTokenIssuer,
    ClientAuthentication,
    ServiceTokens,
    ...grantTypes,
    TokenHandler,
    TokenLimits,
    TokenQuotas,
    UsageRecorder,
  ],
  exports: [AccessTokenIssuer, TokenHandler],
})
export class OAuthModule {}
