import type { Clock } from '#libs/foundation';
import type { EgressLimits } from './egress-limits.js';
import type { GuardedConnector } from './guarded-connector.js';
import { SocketPool } from './socket-pool.js';
import type { TargetUrl } from './target-url.js';

/** The pools in use, least recently used first. */
export class PoolRegistry {
  readonly #pools = new Map<string, SocketPool>();

  constructor(
    private readonly connector: GuardedConnector,
    private readonly limits: EgressLimits,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.#pools.size;
  }

  poolFor(target: TargetUrl, poolKey: string): SocketPool {
    const id = `${target.origin} ${poolKey}`;
    let pool = this.#pools.get(id);
    if (pool === undefined) {
      this.#forgetUnused();
      pool = new SocketPool(target, this.connector, this.limits, this.clock);
    } else {
      this.#pools.delete(id);
    }
    this.#pools.set(id, pool);
    return pool;
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close()));
  }

  /** Makes room for one. Pools with an exchange under way stay, so their number may pass the limit. */
  #forgetUnused(): void {
    const unusedSinceMs = this.clock.now() - this.limits.idlePoolMs;
    for (const [id, pool] of this.#pools) {
      if (this.#pools.size < this.limits.pools && pool.lastUsedAtMs > unusedSinceMs) return;
      if (!pool.isIdle) continue;
      this.#pools.delete(id);
      void pool.close();
    }
  }
}
