import {
  BearerChallenge,
  Clock,
  Database,
  LOGGER,
  type Logger,
  Notifications,
} from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiPolicyFeed } from '../policies/api-policy-feed.js';
import { ServiceTokenUsage } from '../policies/service-token-usage.js';
import { RateLimiter } from '../rate-limits/rate-limiter.js';
import { RateLimitScale } from '../rate-limits/rate-limits.module.js';
import { ResourceLimits } from '../rate-limits/resource-limits.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { AccessTokenVerifier } from '../tokens/access-token.verifier.js';
import { VerificationKeys } from '../tokens/verification-keys.js';
import { BearerGuard } from './bearer.guard.js';
import { BearerStrategy } from './bearer.strategy.js';
import { GuardsOptions } from './guards-options.js';

/** A few polls long: a feed must have found a new connection well before it counts as stale. */
const feedReadMs = 5_000;

export interface GuardsModuleOptions {
  imports: NonNullable<ModuleMetadata['imports']>;
  /** Provides GuardsOptions. */
  options: Provider<GuardsOptions>;
  /** Provides VerificationKeys where no import does: the local ring, or the remote JWKS. */
  keys?: Provider<VerificationKeys>;
}

/** Bearer authentication for every route of the app. */
@Global()
@Module({})
export class GuardsModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly revocations: RevocationFeed,
    private readonly policies: ApiPolicyFeed,
    private readonly usage: ServiceTokenUsage,
  ) {}

  static forRoot({ imports, options, keys }: GuardsModuleOptions): DynamicModule {
    return {
      module: GuardsModule,
      imports,
      providers: [
        options,
        ...(keys ? [keys] : []),
        {
          provide: BearerChallenge,
          useFactory: ({ audience }: GuardsOptions) =>
            new BearerChallenge(`${audience}/.well-known/oauth-protected-resource`),
          inject: [GuardsOptions],
        },
        {
          provide: RevocationFeed,
          useFactory: (
            database: Database,
            notifications: Notifications,
            clock: Clock,
            logger: Logger,
          ) => new RevocationFeed(database.within(feedReadMs), notifications, clock, logger),
          inject: [Database, Notifications, Clock, LOGGER],
        },
        {
          provide: ApiPolicyFeed,
          useFactory: (
            database: Database,
            notifications: Notifications,
            clock: Clock,
            logger: Logger,
          ) => new ApiPolicyFeed(database.within(feedReadMs), notifications, clock, logger),
          inject: [Database, Notifications, Clock, LOGGER],
        },
        {
          provide: ServiceTokenUsage,
          useFactory: (database: Database, clock: Clock, logger: Logger) =>
            new ServiceTokenUsage(database, clock, logger),
          inject: [Database, Clock, LOGGER],
        },
        {
          provide: ResourceLimits,
          useFactory: (
            limiter: RateLimiter,
            policies: ApiPolicyFeed,
            scale: RateLimitScale,
            logger: Logger,
          ) => new ResourceLimits(limiter, policies, scale.factor, logger),
          inject: [RateLimiter, ApiPolicyFeed, RateLimitScale, LOGGER],
        },
        {
          provide: AccessTokenVerifier,
          useFactory: (
            settings: GuardsOptions,
            keySource: VerificationKeys,
            feed: RevocationFeed,
            clock: Clock,
          ) => new AccessTokenVerifier(settings.issuer, keySource, feed, clock),
          inject: [GuardsOptions, VerificationKeys, RevocationFeed, Clock],
        },
        BearerStrategy,
        { provide: APP_GUARD, useClass: BearerGuard },
      ],
      exports: [
        GuardsOptions,
        BearerChallenge,
        ApiPolicyFeed,
        ServiceTokenUsage,
        ResourceLimits,
        RevocationFeed,
        AccessTokenVerifier,
        BearerStrategy,
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.revocations.start();
    await this.policies.start();
    this.usage.start();
  }

  /** Before the pool closes: the last uses are written. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.revocations.stop();
    await this.policies.stop();
    await this.usage.stop();
  }
}
