import type { SendResult } from '#libs/egress';
import type { Clock } from '#libs/foundation';
import { type BreakerTerms, CircuitBreaker } from './circuit-breaker.js';

/** No connection came about: nothing that a tenant asks for causes that. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'dns_error',
  'connect_timeout',
  'connection_refused',
  'tls_error',
]);

/**
 * When an upstream is left alone. That it cannot be reached counts for everyone. That it answers 5xx, resets the
 * connection or takes too long may be due to what one tenant asks for: it counts against that tenant alone, so that no
 * tenant takes an upstream away from another. A 4xx and an answer that is too large are the caller's own; an
 * address that we refuse, and whatever fails on our side, says nothing of the upstream.
 */
export class UpstreamBreaker {
  private readonly reach: CircuitBreaker;
  /** Tenants whose last request failed: those who succeed take up no memory. */
  private readonly tenants = new Map<string, CircuitBreaker>();

  constructor(
    private readonly terms: BreakerTerms,
    private readonly clock: Clock,
  ) {
    this.reach = new CircuitBreaker(terms, clock);
  }

  /** Whether anyone is kept from asking. */
  get isOpen(): boolean {
    return this.reach.isOpen || [...this.tenants.values()].some((breaker) => breaker.isOpen);
  }

  admit(tenantId: string): boolean {
    const own = this.tenants.get(tenantId);
    // Looked at before either is asked: a request that one refuses is no attempt for the other.
    if (this.reach.isOpen || own?.isOpen) return false;
    own?.admit();
    return this.reach.admit();
  }

  /** What became of a request that was admitted. */
  report(tenantId: string, result: SendResult): void {
    if (result.outcome === 'responded') {
      this.reach.succeeded();
      if (result.response.status >= 500) this.failed(tenantId);
      else this.tenants.delete(tenantId);
    } else if (UNREACHABLE.has(result.error)) this.reach.failed();
    else if (result.error === 'timeout' || result.error === 'connection_reset')
      this.failed(tenantId);
  }

  /** The operation's own time ended before the upstream's. */
  timedOut(tenantId: string): void {
    this.failed(tenantId);
  }

  private failed(tenantId: string): void {
    let own = this.tenants.get(tenantId);
    if (!own) this.tenants.set(tenantId, (own = new CircuitBreaker(this.terms, this.clock)));
    own.failed();
  }
}
