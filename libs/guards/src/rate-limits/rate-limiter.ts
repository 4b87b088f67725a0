/** So many a second on average, `burst` at once. */
export interface RateLimit {
  /** Names the limit in the RateLimit header. */
  name: string;
  perSecond: number;
  burst: number;
}

export interface RateDecision {
  limit: RateLimit;
  /** Milliseconds until the next one would be admitted; 0: this one is. */
  waitMs: number;
  /** How many more would be admitted at once. */
  remaining: number;
}

/** Counts per key. In the instance, or in Redis where several instances share a limit. */
export abstract class RateLimiter {
  /** Counts one, or `amount` points at once, if they are admitted. */
  abstract take(
    key: string,
    limit: RateLimit,
    amount?: number,
  ): RateDecision | Promise<RateDecision>;

  /** What `take` would say, without counting. */
  abstract peek(key: string, limit: RateLimit): RateDecision | Promise<RateDecision>;
}

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), `Retry-After` when refused. */
export function rateLimitHeaders(decisions: readonly RateDecision[]): Record<string, string> {
  if (decisions.length === 0) return {};
  const waitMs = Math.max(...decisions.map((decision) => decision.waitMs));
  return {
    'RateLimit-Policy': decisions
      .map(({ limit }) => `"${limit.name}";q=${limit.burst};w=${windowSeconds(limit)}`)
      .join(', '),
    RateLimit: decisions
      .map(({ limit, remaining, waitMs: wait }) => {
        const seconds = wait > 0 ? Math.ceil(wait / 1000) : windowSeconds(limit);
        return `"${limit.name}";r=${remaining};t=${seconds}`;
      })
      .join(', '),
    ...(waitMs > 0 ? { 'Retry-After': String(Math.ceil(waitMs / 1000)) } : {}),
  };
}

function windowSeconds({ burst, perSecond }: RateLimit): number {
  return Math.max(1, Math.ceil(burst / perSecond));
}

/** Multiplies a limit by RATE_LIMIT_SCALE. */
export function scaleLimit(limit: RateLimit, scale: number): RateLimit {
  return {
    ...limit,
    perSecond: limit.perSecond * scale,
    burst: Math.max(1, Math.floor(limit.burst * scale)),
  };
}

/**
 * The generic cell rate algorithm: one number a key, the theoretical arrival time of the next one.
 * @param arrivalMs what `nextArrivalMs` was last time, 0 at first
 * @param amount how many arrive at once
 */
export function decide(
  limit: RateLimit,
  arrivalMs: number,
  nowMs: number,
  amount = 1,
): RateDecision & { nextArrivalMs: number } {
  const intervalMs = 1000 / limit.perSecond;
  const toleranceMs = intervalMs * limit.burst;
  const busyUntilMs = Math.max(arrivalMs, nowMs);
  const room = (atMs: number): number =>
    Math.max(0, Math.floor((toleranceMs + nowMs - atMs) / intervalMs));
  const next = busyUntilMs + intervalMs * amount;
  const waitMs = next - toleranceMs - nowMs;
  if (waitMs > 0) {
    const remaining = room(busyUntilMs);
    return { limit, waitMs: Math.ceil(waitMs), remaining, nextArrivalMs: arrivalMs };
  }
  return { limit, waitMs: 0, remaining: room(next), nextArrivalMs: next };
}
