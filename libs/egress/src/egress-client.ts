import type { Clock } from '#libs/foundation';
import { EgressFault } from './egress-fault.js';
import { DEFAULT_EGRESS_LIMITS, type EgressLimits } from './egress-limits.js';
import type { EgressPolicy } from './egress-policy.js';
import { Exchange } from './exchange.js';
import { GuardedConnector } from './guarded-connector.js';
import { GuardedLookup } from './guarded-lookup.js';
import { DnsHostResolver, type ResolveHost } from './host-resolver.js';
import { PoolRegistry } from './pool-registry.js';
import { refusedResult, toSendResult, type SendResult } from './send-result.js';
import { parseTargetUrl, type TargetUrl, type UrlRefusal } from './target-url.js';

export interface EgressClientOptions {
  readonly policy: EgressPolicy;
  readonly clock: Clock;
  /** DNS servers, each with or without a port. Default: the system's. */
  readonly dnsServers?: readonly string[];
  /** Instead of DNS. */
  readonly resolve?: ResolveHost;
  /** PEM certificates trusted besides Node's own. */
  readonly ca?: readonly string[];
  readonly limits?: Partial<EgressLimits>;
}

export interface EgressRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent byte for byte, with its length. */
  readonly body: Buffer;
  /** Sockets are shared per origin and pool key: give each tenant's endpoint its own, and none waits for another. */
  readonly poolKey?: string;
}

export type DestinationCheck =
  | { readonly ok: true; readonly target: TargetUrl }
  | { readonly ok: false; readonly reason: UrlRefusal | 'blocked_address' };

/** The only way to send anything to an address that a tenant chose. */
export class EgressClient {
  readonly #options: EgressClientOptions;
  readonly #limits: EgressLimits;
  readonly #dns: DnsHostResolver;
  readonly #lookup: GuardedLookup;
  readonly #pools: PoolRegistry;
  #underWay = 0;
  #isClosed = false;
  #onLastEnd: (() => void) | null = null;

  constructor(options: EgressClientOptions) {
    const { policy } = options;
    this.#options = options;
    this.#limits = { ...DEFAULT_EGRESS_LIMITS, ...options.limits };
    this.#dns = new DnsHostResolver(options.dnsServers);
    this.#lookup = new GuardedLookup(policy, options.resolve ?? this.#dns.resolve);
    const connector = new GuardedConnector(
      policy,
      this.#lookup,
      this.#limits.connectTimeoutMs,
      options.ca ?? [],
    );
    this.#pools = new PoolRegistry(connector, this.#limits, options.clock);
  }

  /**
   * Sends one request; never a second time. What the receiver does wrong is in the result.
   * @throws what is our own fault: a closed client, invalid headers, no descriptors left
   */
  send(request: EgressRequest): Promise<SendResult> {
    const startedAtMs = this.#options.clock.now();
    if (this.#isClosed) return Promise.reject(new Error('the egress client is closed'));

    // Again for every request: the URL may have been stored under another policy.
    const parsed = parseTargetUrl(request.url, this.#options.policy);
    if (!parsed.ok) return Promise.resolve(refusedResult(parsed.reason));

    return this.#exchange(request, parsed.target, startedAtMs);
  }

  /**
   * Whether a URL may be stored as a target. Resolving its name is best effort: a forbidden answer refuses it, no
   * answer does not, for receivers may be deployed after they are registered.
   */
  async checkDestination(url: string): Promise<DestinationCheck> {
    const parsed = parseTargetUrl(url, this.#options.policy);
    if (!parsed.ok) return parsed;

    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#limits.checkTimeoutMs);
    try {
      await this.#lookup.addressesOf(parsed.target, deadline.signal);
      return parsed;
    } catch (error) {
      if (!(error instanceof EgressFault)) throw error;
      return error.errorClass === 'blocked_destination'
        ? { ok: false, reason: 'blocked_address' }
        : parsed;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Refuses new requests, waits for those under way (at most `totalTimeoutMs`) and closes all sockets. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onLastEnd = resolve;
      });
    }
    this.#dns.close();
    await this.#pools.close();
  }

  #exchange(request: EgressRequest, target: TargetUrl, startedAtMs: number): Promise<SendResult> {
    const { method, headers, body, poolKey = '' } = request;
    const pool = this.#pools.poolFor(target, poolKey);
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(
        { method, path: target.path, headers, body },
        this.#limits,
        (error) => {
          pool.finish(exchange, error === null);
          const result = toSendResult(error, exchange.response, {
            remoteAddress: exchange.channel?.remoteAddress ?? null,
            durationMs: this.#options.clock.now() - startedAtMs,
          });
          if (result === null) reject(error ?? new Error('the exchange ended without a response'));
          else resolve(result);
          this.#underWay -= 1;
          if (this.#underWay === 0) this.#onLastEnd?.();
        },
      );
      pool.start(exchange);
    });
  }
}
