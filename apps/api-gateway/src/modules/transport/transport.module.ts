import {
  BearerChallenge,
  Clock,
  Database,
  LOGGER,
  type Logger,
  Notifications,
  TrustedOriginClient,
} from '#libs/foundation';
import {
  AccessTokenVerifier,
  LocalRateLimiter,
  RateLimiter,
  RedisRateLimiter,
  RemoteJwks,
  RevocationFeed,
} from '#libs/guards';
import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { GatewayConfig } from '../../config.js';
import { BundlesModule, SnapshotStore } from '../bundles/index.js';
import { GraphQLHandler } from './graphql.handler.js';
import { OperationLimits } from './operation-limits.js';
import { ProtectedResourceController } from './protected-resource.controller.js';
import { authenticateStep } from './steps/authenticate.step.js';
import { costStep } from './steps/cost.step.js';
import { executeStep } from './steps/execute.step.js';
import { grantStep } from './steps/grant.step.js';
import { matchStep } from './steps/match.step.js';
import { rateStep } from './steps/rate.step.js';
import { scopeStep } from './steps/scope.step.js';
import { shapeStep } from './steps/shape.step.js';
import { tenantStep } from './steps/tenant.step.js';
import { transportStep } from './steps/transport.step.js';
import { variablesStep } from './steps/variables.step.js';

/** `/graphql`. Tokens are verified as any resource server would, with the issuer's public keys. */
@Module({
  imports: [BundlesModule],
  controllers: [ProtectedResourceController],
  providers: [
    TrustedOriginClient,
    {
      provide: BearerChallenge,
      useFactory: ({ resource }: GatewayConfig) =>
        new BearerChallenge(`${resource}/.well-known/oauth-protected-resource`),
      inject: [GatewayConfig],
    },
    {
      provide: RevocationFeed,
      useFactory: (
        database: Database,
        notifications: Notifications,
        clock: Clock,
        logger: Logger,
      ) => new RevocationFeed(database, notifications, clock, logger),
      inject: [Database, Notifications, Clock, LOGGER],
    },
    {
      provide: AccessTokenVerifier,
      useFactory: (
        { issuer, authUrl }: GatewayConfig,
        client: TrustedOriginClient,
        feed: RevocationFeed,
        clock: Clock,
      ) => {
        const keys = new RemoteJwks(`${authUrl}/.well-known/jwks.json`, client, clock);
        return new AccessTokenVerifier(issuer, keys, feed, clock);
      },
      inject: [GatewayConfig, TrustedOriginClient, RevocationFeed, Clock],
    },
    {
      provide: RateLimiter,
      useFactory: ({ redisUrl }: GatewayConfig, clock: Clock, logger: Logger) =>
        redisUrl === undefined
          ? new LocalRateLimiter(clock)
          : new RedisRateLimiter(connectRedis(redisUrl), clock, logger),
      inject: [GatewayConfig, Clock, LOGGER],
    },
    {
      provide: OperationLimits,
      useFactory: (limiter: RateLimiter, { rateLimitScale }: GatewayConfig) =>
        new OperationLimits(limiter, rateLimitScale),
      inject: [RateLimiter, GatewayConfig],
    },
    {
      provide: GraphQLHandler,
      useFactory: (
        config: GatewayConfig,
        verifier: AccessTokenVerifier,
        challenge: BearerChallenge,
        store: SnapshotStore,
        limits: OperationLimits,
        clock: Clock,
        logger: Logger,
      ) => {
        const steps = [
          transportStep,
          authenticateStep(verifier, challenge, config.resource),
          tenantStep,
          rateStep(limits),
          shapeStep,
          matchStep(store),
          grantStep(clock),
          scopeStep,
          variablesStep,
          costStep(limits),
          executeStep,
        ];
        return new GraphQLHandler(steps, limits, logger, config.costExtension);
      },
      inject: [
        GatewayConfig,
        AccessTokenVerifier,
        BearerChallenge,
        SnapshotStore,
        OperationLimits,
        Clock,
        LOGGER,
      ],
    },
  ],
  exports: [GraphQLHandler, RevocationFeed],
})
export class TransportModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly revocations: RevocationFeed,
    private readonly client: TrustedOriginClient,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.revocations.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.revocations.stop();
    await this.client.close();
  }
}

/** A limiter that waits for Redis would be an outage; one command without an answer in 200 ms is a failure. */
function connectRedis(url: string): Redis {
  return new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 200,
    maxRetriesPerRequest: 0,
  });
}
