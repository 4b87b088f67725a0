import { Clock, LOGGER, type Logger } from '#libs/foundation';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Redis } from 'ioredis';
import { BackOff } from './back-off.js';
import { LocalBackOff } from './local-back-off.js';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { RateLimiter } from './rate-limiter.js';
import { RedisBackOff } from './redis-back-off.js';
import { RedisRateLimiter } from './redis-rate-limiter.js';
import { SharedCounters } from './shared-counters.js';

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
const SHARED = Symbol('SharedCounters');

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
          provide: SHARED,
          useFactory: (redis: Redis | undefined, clock: Clock, logger: Logger) =>
            redis && new SharedCounters(redis, options.redisKeyPrefix, clock, logger),
          inject: [REDIS, Clock, LOGGER],
        },
        {
          provide: RateLimiter,
          useFactory: (counters: SharedCounters | undefined, clock: Clock) =>
            counters ? new RedisRateLimiter(counters, clock) : new LocalRateLimiter(clock),
          inject: [SHARED, Clock],
        },
        {
          provide: BackOff,
          useFactory: (counters: SharedCounters | undefined, clock: Clock) =>
            counters ? new RedisBackOff(counters, clock) : new LocalBackOff(clock),
          inject: [SHARED, Clock],
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
      exports: [BackOff, RateLimiter, RateLimitScale],
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
