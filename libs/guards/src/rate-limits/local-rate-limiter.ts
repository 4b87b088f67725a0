import type { Clock } from '#libs/foundation';
import { decide, type RateDecision, RateLimiter, type RateLimit } from './rate-limiter.js';

const mostKeys = 100_000;

/** Counters in the memory of one instance. */
export class LocalRateLimiter extends RateLimiter {
  private readonly arrivals = new Map<string, number>();

  constructor(private readonly clock: Clock) {
    super();
  }

  take(key: string, limit: RateLimit, amount = 1): RateDecision {
    const now = this.clock.now();
    const decision = decide(limit, this.arrivals.get(key) ?? 0, now, amount);
    // Set anew, so that the map is ordered by last use and the one forgotten first is the idlest.
    this.arrivals.delete(key);
    this.arrivals.set(key, decision.nextArrivalMs);
    if (this.arrivals.size > mostKeys) this.forgetIdle(now);
    return decision;
  }

  peek(key: string, limit: RateLimit): RateDecision {
    return decide(limit, this.arrivals.get(key) ?? 0, this.clock.now());
  }

  private forgetIdle(now: number): void {
    for (const [key, arrival] of this.arrivals) {
      if (arrival > now && this.arrivals.size <= mostKeys) return;
      this.arrivals.delete(key);
    }
  }
}
