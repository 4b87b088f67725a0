import type { Clock } from '#libs/foundation';
import {
  BackOff,
  type BackOffLimit,
  backOffMs,
  type FailureState,
  isOvertaken,
} from './back-off.js';

const mostEntries = 50_000;

interface Failures {
  count: number;
  windowEndsMs: number;
  blockedUntilMs: number;
}

/** Failures in the memory of one instance. */
export class LocalBackOff extends BackOff {
  private readonly failures = new Map<string, Failures>();

  constructor(private readonly clock: Clock) {
    super();
  }

  look(key: string): FailureState {
    const now = this.clock.now();
    const { count = 0, blockedUntilMs = 0 } = this.live(key, now) ?? {};
    return { count, waitMs: Math.max(0, blockedUntilMs - now) };
  }

  fail(key: string, limit: BackOffLimit, seenCount: number): void {
    const now = this.clock.now();
    const known = this.live(key, now);
    if (known && isOvertaken(known.count, seenCount, limit)) return;
    const count = (known?.count ?? 0) + 1;
    const waitMs = backOffMs(count, limit);
    const windowEndsMs =
      waitMs > 0 ? now + waitMs + limit.windowMs : (known?.windowEndsMs ?? now + limit.windowMs);
    // Set anew, so that the one forgotten first is the idlest.
    this.failures.delete(key);
    this.failures.set(key, { count, windowEndsMs, blockedUntilMs: now + waitMs });
    const [oldest] = this.failures.keys();
    if (this.failures.size > mostEntries && oldest !== undefined) this.failures.delete(oldest);
  }

  forget(key: string): void {
    this.failures.delete(key);
  }

  private live(key: string, now: number): Failures | undefined {
    const known = this.failures.get(key);
    return known && known.windowEndsMs > now ? known : undefined;
  }
}
