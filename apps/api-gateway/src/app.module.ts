import { DatabaseModule } from '#libs/entities';
import { Clock, FoundationModule, type Logger, TrustedOriginClient } from '#libs/foundation';
import {
  GuardsModule,
  GuardsOptions,
  IdempotencyModule,
  OPERATOR_AUDIENCE,
  RateLimitsModule,
  RemoteJwks,
  VerificationKeys,
} from '#libs/guards';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { GatewayConfig } from './config.js';
import { BundlesModule } from './modules/bundles/index.js';
import { OperationsModule } from './modules/operations/index.js';
import { OpsModule } from './modules/ops/index.js';
import { TransportModule } from './modules/transport/index.js';

export interface AppOptions {
  config: GatewayConfig;
  clock: Clock;
  logger: Logger;
}

@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: GatewayConfig): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: GatewayConfig, useValue: config }],
      exports: [GatewayConfig],
    };
  }
}

/** api-gateway: approved GraphQL operations and nothing else. */
@Module({})
export class AppModule {
  static forRoot({ config, clock, logger }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        FoundationModule.forRoot({ clock, logger }),
        DatabaseModule.forRoot(config.databaseUrl, config.databasePoolSize),
        RateLimitsModule.forRoot({
          redisUrl: config.redisUrl,
          redisKeyPrefix: config.redisKeyPrefix,
          scale: config.rateLimitScale,
        }),
        GuardsModule.forRoot({
          imports: [OperationsModule],
          options: {
            provide: GuardsOptions,
            useValue: {
              issuer: config.issuer,
              audience: config.resource,
              operatorAudience: OPERATOR_AUDIENCE,
            } satisfies GuardsOptions,
          },
          keys: {
            provide: VerificationKeys,
            useFactory: (client: TrustedOriginClient, time: Clock) =>
              new RemoteJwks(`${config.authUrl}/.well-known/jwks.json`, client, time),
            inject: [TrustedOriginClient, Clock],
          },
        }),
        IdempotencyModule.forRoot(config.secretBox),
        OperationsModule,
        BundlesModule,
        TransportModule,
        OpsModule,
      ],
    };
  }
}
