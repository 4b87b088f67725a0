import { type Clock, networkOf } from '#libs/foundation';

const windowMs = 60_000;
const freeFailures = 10;
const firstBackOffMs = 1_000;
const lastBackOffMs = 3_600_000;
const mostEntries = 50_000;

interface Failures {
  count: number;
  windowEndsMs: number;
  blockedUntilMs: number;
}

/**
 * Slows down whoever guesses the secrets of one client from one address: ten failures a minute are free, from the
 * eleventh on each doubles the wait. Nobody else is slowed down, so that nobody can lock a partner out.
 */
export class FailedAuthentications {
  private readonly failures = new Map<string, Failures>();

  /** @param scale RATE_LIMIT_SCALE; 0 turns the limit off */
  constructor(
    private readonly clock: Clock,
    private readonly scale: number,
  ) {}

  /** Milliseconds for which this pair is to wait; 0: it may try. */
  waitMs(clientId: string, ip: string): number {
    const entry = this.failures.get(keyOf(clientId, ip));
    return Math.max(0, (entry?.blockedUntilMs ?? 0) - this.clock.now());
  }

  recordFailure(clientId: string, ip: string): void {
    if (this.scale === 0) return;
    const key = keyOf(clientId, ip);
    const now = this.clock.now();
    const known = this.failures.get(key);
    const entry =
      known && known.windowEndsMs > now
        ? known
        : { count: 0, windowEndsMs: now + windowMs, blockedUntilMs: 0 };
    entry.count++;
    const over = entry.count - Math.max(1, Math.floor(freeFailures * this.scale));
    if (over > 0) {
      entry.blockedUntilMs = now + Math.min(firstBackOffMs * 2 ** (over - 1), lastBackOffMs);
      entry.windowEndsMs = entry.blockedUntilMs + windowMs;
    }
    this.failures.delete(key);
    this.failures.set(key, entry);
    const [oldest] = this.failures.keys();
    if (this.failures.size > mostEntries && oldest !== undefined) this.failures.delete(oldest);
  }

  recordSuccess(clientId: string, ip: string): void {
    if (this.failures.size > 0) this.failures.delete(keyOf(clientId, ip));
  }
}

function keyOf(clientId: string, ip: string): string {
  return `${networkOf(ip)} ${clientId.slice(0, 64)}`;
}
