import type { Clock } from '#libs/foundation';
import { Channel } from './channel.js';
import type { EgressLimits } from './egress-limits.js';
import type { Exchange } from './exchange.js';
import type { GuardedConnector } from './guarded-connector.js';
import type { TargetUrl } from './target-url.js';

/**
 * The sockets of one origin and pool key. Not undici's own Pool: that tells nobody which socket a request went
 * over, and its `clientTtl` reads the system clock and forgets queued requests once all its clients have aged.
 */
export class SocketPool {
  lastUsedAtMs: number;
  readonly #free: Channel[] = [];
  readonly #busy = new Set<Channel>();
  readonly #waiting: Exchange[] = [];

  constructor(
    private readonly target: TargetUrl,
    private readonly connector: GuardedConnector,
    private readonly limits: EgressLimits,
    private readonly clock: Clock,
  ) {
    this.lastUsedAtMs = clock.now();
  }

  get isIdle(): boolean {
    return this.#busy.size === 0;
  }

  /** Sends over a free socket, a new one, or the next to become free. */
  start(exchange: Exchange): void {
    this.lastUsedAtMs = this.clock.now();
    const channel = this.#take();
    if (channel === null) {
      this.#waiting.push(exchange);
      return;
    }
    this.#busy.add(channel);
    exchange.channel = channel;
    channel.dispatch(exchange.options, exchange);
  }

  /** Takes back the socket of an exchange that is over; after a failure nothing more is sent over it. */
  finish(exchange: Exchange, isReusable: boolean): void {
    const channel = exchange.channel;
    if (channel === null) {
      this.#waiting.splice(this.#waiting.indexOf(exchange), 1);
      return;
    }
    this.#busy.delete(channel);
    if (isReusable) this.#free.push(channel);
    else void channel.destroy();

    const next = this.#waiting.shift();
    if (next !== undefined) this.start(next);
  }

  /** Closes the unused sockets. Resolves when they are closed. */
  async close(): Promise<void> {
    await Promise.all(this.#free.splice(0).map((channel) => channel.destroy()));
  }

  #take(): Channel | null {
    // The most recently used first: the others fall idle and close.
    for (let channel = this.#free.pop(); channel !== undefined; channel = this.#free.pop()) {
      if (this.clock.now() - channel.connectedAtMs < this.limits.socketAgeMs) return channel;
      void channel.destroy();
    }
    return this.#busy.size < this.limits.socketsPerPool
      ? new Channel(this.target, this.connector, this.limits, this.clock)
      : null;
  }
}
