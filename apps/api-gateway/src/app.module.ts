import { DatabaseModule } from '#libs/entities';
import {
  type Clock,
  FoundationModule,
  type Logger,
  Metrics,
  TrustedOriginClient,
} from '#libs/foundation';
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
import { Gauge } from 'prom-client';
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
            useFactory: (client: TrustedOriginClient, { registry }: Metrics) => {
              const jwks = new RemoteJwks(
                `${config.authUrl}/.well-known/jwks.json`,
                client,
                logger,
              );
              new Gauge({
                name: 'gateway_jwks_age_seconds',
                help: 'Since the keys that verify tokens were last read.',
                registers: [registry],
                collect() {
                  this.set(jwks.ageMs() / 1_000);
                },
              });
              return jwks;
            },
            inject: [TrustedOriginClient, Metrics],
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
