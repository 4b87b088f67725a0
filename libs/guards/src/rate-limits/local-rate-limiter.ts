import type { Clock } from '#libs/foundation';
import { decide, type RateDecision, RateLimiter, type RateLimit } from './rate-limiter.js';

const keysOfAGeneration = 50_000;

/**
 * Counters in the memory of one instance. A key that was not counted while 50,000 others were is forgotten: moving
 * each key to the end of one map instead took 1 µs a count.
 */
export class LocalRateLimiter extends RateLimiter {
  private arrivals = new Map<string, number>();
  private earlier = new Map<string, number>();

  constructor(private readonly clock: Clock) {
    super();
  }

  take(key: string, limit: RateLimit, amount = 1): RateDecision {
    const decision = decide(limit, this.arrivalOf(key), this.clock.now(), amount);
    this.arrivals.set(key, decision.nextArrivalMs);
    if (this.arrivals.size >= keysOfAGeneration) {
      this.earlier = this.arrivals;
      this.arrivals = new Map();
    }
    return decision;
  }

  peek(key: string, limit: RateLimit): RateDecision {
    return decide(limit, this.arrivalOf(key), this.clock.now());
  }

  private arrivalOf(key: string): number {
    return this.arrivals.get(key) ?? this.earlier.get(key) ?? 0;
  }
}
