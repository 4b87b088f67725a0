import type { Clock } from '#libs/foundation';
import type { Exchange } from './exchange.js';
import { type BucketTerms, LeakyBuckets } from './leaky-bucket.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import { refusal, type Refusal } from './refusal.js';

const COST = { burst: 1_000, perSecond: 100 };
/** Requests that were refused: someone who tries ids is slowed down before he finds one. */
const REJECTED = { burst: 120, perSecond: 2 };

/**
 * The two buckets of each app and tenant (graphql.md section 7): points of what was executed, and refused requests.
 * `scale` multiplies both; 0 turns them off.
 */
export class OperationLimits {
  private readonly cost = new LeakyBuckets();
  private readonly rejected = new LeakyBuckets();

  constructor(
    private readonly clock: Clock,
    private readonly scale: number,
  ) {}

  /** Refuses a caller whose bucket of refused requests is full. */
  admit({ limitKey }: Exchange): Refusal | undefined {
    if (this.scale === 0 || limitKey === undefined) return undefined;
    const terms = this.scaled(REJECTED);
    const state = this.rejected.peek(limitKey, 1, terms, this.clock.now());
    if (state.allowed) return undefined;
    return refusal('RATE_LIMITED', undefined, rateLimitHeaders('rejected', terms, state));
  }

  /** Counts a refused request of a known caller. */
  reject({ limitKey }: Exchange): void {
    if (this.scale === 0 || limitKey === undefined) return;
    this.rejected.take(limitKey, 1, this.scaled(REJECTED), this.clock.now());
  }

  /** Takes the points of the operation, or refuses with the time after which they will fit. */
  debit(exchange: Exchange): Refusal | undefined {
    const { operation, grant, variables } = exchange;
    const points = operation.cost.costOf(variables);
    exchange.costDebited = points;
    exchange.costRemaining = Infinity;
    if (this.scale === 0) return undefined;
    const isOwn = grant.costBurst !== undefined || grant.costPerSecond !== undefined;
    const terms = this.scaled({
      burst: grant.costBurst ?? COST.burst,
      perSecond: grant.costPerSecond ?? COST.perSecond,
    });
    const key = `${exchange.limitKey ?? ''} ${isOwn ? grant.id : ''}`;
    const state = this.cost.take(key, points, terms, this.clock.now());
    const headers = rateLimitHeaders('cost', terms, state);
    if (!state.allowed) return refusal('RATE_LIMITED', undefined, headers);
    exchange.costRemaining = state.remaining;
    Object.assign(exchange.headers, headers);
    return undefined;
  }

  private scaled(terms: BucketTerms): BucketTerms {
    return { burst: terms.burst * this.scale, perSecond: terms.perSecond * this.scale };
  }
}
