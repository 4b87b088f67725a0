import {
  BearerChallenge,
  Clock,
  Database,
  LOGGER,
  type Logger,
  Notifications,
} from '#libs/foundation';
import {
  type DynamicModule,
  Global,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { AccessTokenVerifier } from '../tokens/access-token.verifier.js';
import { VerificationKeys } from '../tokens/verification-keys.js';
import { BearerGuard } from './bearer.guard.js';
import { BearerStrategy } from './bearer.strategy.js';
import { GuardsOptions } from './guards-options.js';

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
export class GuardsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly revocations: RevocationFeed) {}

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
          ) => new RevocationFeed(database, notifications, clock, logger),
          inject: [Database, Notifications, Clock, LOGGER],
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
        RevocationFeed,
        AccessTokenVerifier,
        BearerStrategy,
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.revocations.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.revocations.stop();
  }
}
