import { Clock, LOGGER, type Logger } from '#libs/foundation';
import { LocalRateLimiter, RateLimiter, RedisRateLimiter } from '#libs/guards';
import { Module } from '@nestjs/common';
import { Redis } from 'ioredis';
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
      provide: RateLimiter,
      useFactory: (config: AuthConfig, clock: Clock, logger: Logger) =>
        config.redisUrl === undefined
          ? new LocalRateLimiter(clock)
          : new RedisRateLimiter(connect(config.redisUrl), clock, logger),
      inject: [AuthConfig, Clock, LOGGER],
    },
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

/** A limiter that waits for Redis would be an outage; one command without an answer in 200 ms is a failure. */
function connect(url: string): Redis {
  return new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 200,
    maxRetriesPerRequest: 0,
  });
}
