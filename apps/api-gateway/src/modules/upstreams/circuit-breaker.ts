import type { Clock } from '#libs/foundation';

export interface BreakerTerms {
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open, in milliseconds. */
  openMs: number;
}

/** Stops asking an upstream that keeps failing; after a while one request tries again for all. */
export class CircuitBreaker {
  private failures = 0;
  private openUntilMs = 0;
  private probing = false;

  constructor(
    private readonly terms: BreakerTerms,
    private readonly clock: Clock,
  ) {}

  get isOpen(): boolean {
    return this.failures >= this.terms.failures && this.clock.now() < this.openUntilMs;
  }

  /** Whether a request may go out. Whoever is let through reports with `succeeded` or `failed`. */
  admit(): boolean {
    if (this.failures < this.terms.failures) return true;
    if (this.probing || this.clock.now() < this.openUntilMs) return false;
    this.probing = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.probing = false;
  }

  failed(): void {
    this.failures += 1;
    this.probing = false;
    if (this.failures >= this.terms.failures)
      this.openUntilMs = this.clock.now() + this.terms.openMs;
  }
}
