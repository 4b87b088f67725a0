import {
  type RateDecision,
  type RateLimit,
  RateLimiter,
  rateLimitHeaders,
  RateLimitScale,
  ResourceLimits,
  scaleLimit,
} from '#libs/guards';
import { Injectable } from '@nestjs/common';
import type { Exchange } from './exchange.js';
import { refusal, type Refusal } from './refusal.js';

const COST: RateLimit = { name: 'cost', burst: 1_000, perSecond: 100 };
/** Requests that were refused: someone who tries ids is slowed down before he finds one. */
const REJECTED: RateLimit = { name: 'rejected', burst: 120, perSecond: 2 };

/**
 * The two buckets of each app and tenant (graphql.md section 7): points of what was executed, and refused requests;
 * besides, the rate that the app's governance sets. RATE_LIMIT_SCALE multiplies them; 0 turns them off.
 */
@Injectable()
export class OperationLimits {
  private readonly scale: number;
  private readonly rejected: RateLimit;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly resources: ResourceLimits,
    { factor }: RateLimitScale,
  ) {
    this.scale = factor;
    this.rejected = scaleLimit(REJECTED, factor);
  }

  /** Refuses a caller whose bucket of refused requests is full, or whose app asks more often than it may. */
  admit(exchange: Exchange): Refusal | undefined | Promise<Refusal | undefined> {
    if (this.scale === 0) return undefined;
    const { use, clientId } = exchange.token;
    const own = this.resources.takeOfApp({ use, clientId, tenantId: exchange.tenantId });
    if (own) return this.admitOwn(exchange, own);
    const decision = this.limiter.peek(`rejected:${exchange.limitKey}`, this.rejected);
    return decision instanceof Promise ? decision.then(limited) : limited(decision);
  }

  /** Counts a refused request of a known caller. */
  async reject({ limitKey }: Exchange): Promise<void> {
    if (this.scale === 0 || limitKey === '') return;
    await this.limiter.take(`rejected:${limitKey}`, this.rejected);
  }

  /** Takes the points of the operation, or refuses with the time after which they will fit. */
  debit(exchange: Exchange): Refusal | undefined | Promise<Refusal | undefined> {
    const { operation, grant, variables, limitKey } = exchange;
    exchange.costDebited = operation.cost.costOf(variables);
    if (this.scale === 0) return undefined;
    const { costBurst, costPerSecond } = grant;
    const isOwn = costBurst !== undefined || costPerSecond !== undefined;
    const limit = scaleLimit(
      {
        name: COST.name,
        burst: costBurst ?? COST.burst,
        perSecond: costPerSecond ?? COST.perSecond,
      },
      this.scale,
    );
    const key = `cost:${limitKey}${isOwn ? ` ${grant.id}` : ''}`;
    const decision = this.limiter.take(key, limit, exchange.costDebited);
    return decision instanceof Promise
      ? decision.then((awaited) => settle(exchange, awaited))
      : settle(exchange, decision);
  }

  private async admitOwn(
    exchange: Exchange,
    own: NonNullable<ReturnType<ResourceLimits['takeOfApp']>>,
  ): Promise<Refusal | undefined> {
    const { decision, monitored } = await own;
    if (!monitored && decision.waitMs > 0) return limited(decision);
    return limited(await this.limiter.peek(`rejected:${exchange.limitKey}`, this.rejected));
  }
}

function settle(exchange: Exchange, decision: RateDecision): Refusal | undefined {
  const refused = limited(decision);
  if (refused) return refused;
  exchange.costRemaining = decision.remaining;
  exchange.addHeaders(rateLimitHeaders([decision]));
  return undefined;
}

function limited(decision: RateDecision): Refusal | undefined {
  if (decision.waitMs <= 0) return undefined;
  return refusal('RATE_LIMITED', undefined, rateLimitHeaders([decision]));
}
