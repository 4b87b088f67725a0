import type { Clock } from '#libs/foundation';

export interface BreakerTerms {
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open, in milliseconds. */
  openMs: number;
}

/** Stops asking what keeps failing; each time its pause is over, one request tries again for all. */
export class CircuitBreaker {
  private failures = 0;
  private openUntilMs = 0;

  constructor(
    private readonly terms: BreakerTerms,
    private readonly clock: Clock,
  ) {}

  get isOpen(): boolean {
    return this.failures >= this.terms.failures && this.clock.now() < this.openUntilMs;
  }

  /** Whether a request may go out. The next one after it waits for `succeeded`, or for another pause. */
  admit(): boolean {
    if (this.isOpen) return false;
    if (this.failures >= this.terms.failures) this.pause();
    return true;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    this.failures += 1;
    if (this.failures >= this.terms.failures) this.pause();
  }

  private pause(): void {
    this.openUntilMs = this.clock.now() + this.terms.openMs;
  }
}
