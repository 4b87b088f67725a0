import { OAuthError } from '#libs/foundation';
import {
  type RateDecision,
  type RateLimit,
  rateLimitHeaders,
  RateLimiter,
  scaleLimit,
} from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import type { AuthenticatedClient } from '../client-authentication/client-authentication.js';
import { TokenQuotas } from './token-quotas.js';

const perClient = { name: 'client', perSecond: 20, burst: 40 };
const perTenant = { name: 'tenant', perSecond: 200, burst: 400 };

/** How often an authenticated client may ask for tokens. */
@Injectable()
export class TokenLimits {
  private readonly scale: number;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly quotas: TokenQuotas,
    config: AuthConfig,
  ) {
    this.scale = config.rateLimitScale;
  }

  /**
   * Counts one request.
   * @returns the headers that tell the client what is left
   * @throws OAuthError temporarily_unavailable (429)
   */
  async take({ app, policy }: AuthenticatedClient): Promise<Record<string, string>> {
    const decisions = this.quotas.take(app.id, policy).map((decision) => admitted(decision));
    if (this.scale !== 0) {
      const rps = policy.rateLimitRps;
      const own = rps === null ? perClient : { name: 'client', perSecond: rps, burst: rps * 2 };
      decisions.unshift(await this.count(app.id, own));
      await this.count(app.tenantId, perTenant);
    }
    return rateLimitHeaders(decisions);
  }

  private async count(key: string, limit: RateLimit): Promise<RateDecision> {
    return admitted(await this.limiter.take(`token:${key}`, scaleLimit(limit, this.scale)));
  }
}

function admitted(decision: RateDecision): RateDecision {
  if (decision.waitMs === 0) return decision;
  throw new OAuthError('temporarily_unavailable', 'Too many token requests.', {
    status: 429,
    headers: rateLimitHeaders([decision]),
  });
}
