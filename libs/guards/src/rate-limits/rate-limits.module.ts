import { Clock, LOGGER, type Logger } from '#libs/foundation';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Redis } from 'ioredis';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { RateLimiter } from './rate-limiter.js';
import { RedisRateLimiter } from './redis-rate-limiter.js';

/** What RATE_LIMIT_SCALE says: every limit is multiplied by it, 0 turns them off. */
export abstract class RateLimitScale {
  abstract readonly factor: number;
}

export interface RateLimitsOptions {
  /** Without it each instance counts for itself. */
  redisUrl: string | undefined;
  redisKeyPrefix: string;
  /** Multiplies every limit; 0 turns them off. */
  scale: number;
}

const REDIS = Symbol('RateLimitRedis');

/** The counters of every rate limit: in Redis where there is one, else in the instance. */
@Global()
@Module({})
export class RateLimitsModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis | undefined) {}

  static forRoot(options: RateLimitsOptions): DynamicModule {
    return {
      module: RateLimitsModule,
      providers: [
        {
          provide: REDIS,
          useFactory: () =>
            options.redisUrl === undefined ? undefined : connect(options.redisUrl),
        },
        {
          provide: RateLimiter,
          useFactory: (redis: Redis | undefined, clock: Clock, logger: Logger) =>
            redis
              ? new RedisRateLimiter(redis, options.redisKeyPrefix, clock, logger)
              : new LocalRateLimiter(clock),
          inject: [REDIS, Clock, LOGGER],
        },
        {
          provide: RateLimitScale,
          useFactory: (logger: Logger): RateLimitScale => {
            if (options.scale === 0) logger.warn('RATE_LIMIT_SCALE is 0: there are no rate limits');
            return { factor: options.scale };
          },
          inject: [LOGGER],
        },
      ],
      exports: [RateLimiter, RateLimitScale],
    };
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }
}

/** A limiter that waits for Redis would be an outage; one command without an answer in 200 ms is a failure. */
function connect(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 200,
    maxRetriesPerRequest: 0,
  });
  // Each failed command is logged where it happens; without a listener ioredis writes to stderr.
  return redis.on('error', () => undefined);
}
