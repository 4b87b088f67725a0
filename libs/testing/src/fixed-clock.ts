import { Clock } from '#libs/foundation';

/** Time stands still until a test moves it. */
export class FixedClock extends Clock {
  constructor(private atMs = Date.UTC(2026, 2, 23, 12)) {
    super();
  }

  now(): number {
    return this.atMs;
  }

  advance(ms: number): void {
    this.atMs += ms;
  }

  /** @param atMs milliseconds since the epoch */
  set(atMs: number): void {
    this.atMs = atMs;
  }
}
