import { DatabaseModule, QUEUE_SCHEMA } from '#libs/entities';
import { type Clock, FoundationModule, type Logger } from '#libs/foundation';
import {
  GuardsModule,
  GuardsOptions,
  IdempotencyModule,
  OPERATOR_AUDIENCE,
  RateLimitsModule,
} from '#libs/guards';
import { QueuesModule } from '#libs/queues';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuthConfig } from './config.js';
import { BundlesModule } from './modules/bundles/index.js';
import { IdentityModule } from './modules/identity/index.js';
import { JwksModule } from './modules/jwks/index.js';
import { OAuthModule } from './modules/oauth/index.js';
import { OpsModule } from './modules/ops/index.js';
import { WebhooksModule } from './modules/webhooks/index.js';

export interface AppOptions {
  config: AuthConfig;
  clock: Clock;
  logger: Logger;
}

@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: AuthConfig): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: AuthConfig, useValue: config }],
      exports: [AuthConfig],
    };
  }
}

/** auth-service: identity, OAuth, signing keys, webhooks. */
@Module({})
export class AppModule {
  static forRoot({ config, clock, logger }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        FoundationModule.forRoot({ clock, logger }),
        DatabaseModule.forRoot(config.databaseUrl, config.databasePoolSize),
        IdempotencyModule.forRoot(config.secretBox),
        RateLimitsModule.forRoot({
          redisUrl: config.redisUrl,
          redisKeyPrefix: config.redisKeyPrefix,
          scale: config.rateLimitScale,
        }),
        QueuesModule.forRoot({
          redisUrl: config.redisUrl,
          redisKeyPrefix: config.redisKeyPrefix,
          databaseUrl: config.databaseUrl,
          schema: QUEUE_SCHEMA,
        }),
        GuardsModule.forRoot({
          imports: [JwksModule],
          options: {
            provide: GuardsOptions,
            useValue: {
              issuer: config.issuer,
              audience: config.issuer,
              operatorAudience: OPERATOR_AUDIENCE,
            } satisfies GuardsOptions,
          },
        }),
        BundlesModule,
        IdentityModule,
        JwksModule,
        OAuthModule,
        OpsModule,
        WebhooksModule,
      ],
    };
  }
}
