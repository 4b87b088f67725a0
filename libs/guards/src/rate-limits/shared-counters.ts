import type { Clock, Logger } from '#libs/foundation';
import type { Redis } from 'ioredis';

/** After a failure Redis is left alone for so long: a request does not wait for what has just failed another. */
const pauseMs = 1_000;

/** The Redis in which instances count together. */
export class SharedCounters {
  private pausedUntilMs = 0;

  /** @param prefix of every key */
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Runs a script on one key.
   * @returns undefined while Redis is away: each instance counts for itself
   */
  async run<T>(
    script: string,
    key: string,
    ...numbers: (string | number)[]
  ): Promise<T | undefined> {
    if (this.clock.now() < this.pausedUntilMs) return undefined;
    try {
      return (await this.redis.eval(script, 1, `${this.prefix}:${key}`, ...numbers)) as T;
    } catch (error) {
      this.pausedUntilMs = this.clock.now() + pauseMs;
      this.logger.warn({ err: error }, 'rate limits are counted per instance: Redis is away');
      return undefined;
    }
  }
}
