import type { ServerResponse } from 'node:http';
import { AppError, type Logger } from '#libs/foundation';
import type { Actor } from '../actor.js';
import type { AccessToken } from '../tokens/access-token.js';
import type { ApiPolicyFeed } from '../policies/api-policy-feed.js';
import { appRateLimit } from '../policies/limit-mode.js';
import {
  type RateDecision,
  type RateLimit,
  rateLimitHeaders,
  type RateLimiter,
  scaleLimit,
} from './rate-limiter.js';

const perActor: RateLimit = { name: 'actor', perSecond: 100, burst: 200 };

/** How often a caller may ask the resource routes: one limit for everyone, and the rate its app's governance sets. */
export class ResourceLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: ApiPolicyFeed,
    private readonly scale: number,
    private readonly logger: Logger,
  ) {}

  /**
   * Counts one request and tells the caller what is left.
   * @throws AppError rate_limited
   */
  async take(actor: Actor, response: ServerResponse): Promise<void> {
    if (this.scale === 0) return;
    const key = `api:${actor.tenantId}:${actor.subject}`;
    const decisions = [await this.limiter.take(key, scaleLimit(perActor, this.scale))];
    const own = await this.takeOfApp({ ...actor, use: actor.kind });
    if (own) decisions.push(own.decision);
    const headers = rateLimitHeaders(decisions);
    const refused = decisions.some(
      (decision) => decision.waitMs > 0 && !(decision === own?.decision && own.monitored),
    );
    if (refused)
      throw new AppError('rate_limited', {
        detail: 'Repeat the request after the seconds of Retry-After.',
        headers,
        extensions: { retry_after: Number(headers['Retry-After']) },
      });
    delete headers['Retry-After'];
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }

  /** Counts one request against the rate that governance sets for the app; undefined where it sets none. */
  takeOfApp(
    token: Pick<AccessToken, 'use' | 'clientId' | 'tenantId'>,
  ): Promise<{ decision: RateDecision; monitored: boolean }> | undefined {
    const policy = this.policies.policyOf(token);
    const rps = policy.requestsPerSecond;
    if (rps === undefined || token.clientId === undefined) return undefined;
    return this.takeRate(token.clientId, rps, policy.monitorsOnly);
  }

  private async takeRate(
    clientId: string,
    rps: number,
    monitored: boolean,
  ): Promise<{ decision: RateDecision; monitored: boolean }> {
    const limit = scaleLimit(appRateLimit(rps), this.scale);
    const decision = await this.limiter.take(`app:${clientId}`, limit);
    if (decision.waitMs > 0 && monitored)
      this.logger.warn({ app_id: clientId, rps }, 'rate limit passed, monitored only');
    return { decision, monitored };
  }
}
