import { LOGGER, type Logger, OAuthError } from '#libs/foundation';
import {
  appRateLimit,
  type RateDecision,
  type RateLimit,
  rateLimitHeaders,
  RateLimiter,
  scaleLimit,
} from '#libs/guards';
import { Inject, Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import type { AuthenticatedClient } from '../client-authentication/client-authentication.js';
import type { ResourceServer } from '../introspection/resource-server.authentication.js';
import { TokenQuotas } from './token-quotas.js';

const perClient = { name: 'client', perSecond: 20, burst: 40 };
const perTenant = { name: 'tenant', perSecond: 200, burst: 400 };
/** It asks for the requests of many tenants. */
const perResourceServer = { name: 'resource_server', perSecond: 200, burst: 400 };

type Counted = 'token' | 'revoke' | 'introspect';

/** How often an authenticated client may ask for tokens, and as often for their end; and a resource server about them. */
@Injectable()
export class TokenLimits {
  private readonly scale: number;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly quotas: TokenQuotas,
    config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.scale = config.rateLimitScale;
  }

  /**
   * Counts one request, and looks whether a quota of tokens is used up.
   * @returns the headers that tell the client what is left
   * @throws OAuthError temporarily_unavailable (429)
   */
  async take(client: AuthenticatedClient): Promise<Record<string, string>> {
    return this.hold('token', client, this.quotas.peek(client.app.id, client.policy));
  }

  /** Counts one revocation, which leaves the rates and quotas of tokens alone. Returns and throws as `take`. */
  async takeRevocation(client: AuthenticatedClient): Promise<Record<string, string>> {
    return this.hold('revoke', client, []);
  }

  /** Counts one introspection. Returns and throws as `take`. */
  async takeIntrospection({ id }: ResourceServer): Promise<Record<string, string>> {
    if (this.scale === 0) return {};
    return rateLimitHeaders([admitted(await this.count('introspect', id, perResourceServer))]);
  }

  /** Counts a token against the quotas: a request that got none has used up nothing. */
  issued({ app, policy }: AuthenticatedClient): void {
    this.quotas.count(app.id, policy);
  }

  private async hold(
    what: Counted,
    { app, policy }: AuthenticatedClient,
    quotas: readonly RateDecision[],
  ): Promise<Record<string, string>> {
    const own = [...quotas];
    const rps = policy.rateLimitRps;
    if (this.scale !== 0 && rps !== null)
      own.unshift(await this.count(what, `app:${app.id}`, appRateLimit(rps)));
    const decisions =
      policy.rateLimitMode === 'monitor' ? this.watched(app.id, own) : own.map(admitted);
    if (this.scale !== 0) {
      // A rate of its own replaces the general one, but for an app that is only watched.
      if (rps === null || policy.rateLimitMode === 'monitor')
        decisions.unshift(admitted(await this.count(what, app.id, perClient)));
      admitted(await this.count(what, app.tenantId, perTenant));
    }
    return rateLimitHeaders(decisions);
  }

  /** In monitor mode a limit that is passed is logged, and told as used up. */
  private watched(appId: string, decisions: readonly RateDecision[]): RateDecision[] {
    return decisions.map((decision) => {
      if (decision.waitMs > 0)
        this.logger.warn({ app_id: appId, limit: decision.limit.name }, 'limit passed, monitored');
      return { ...decision, waitMs: 0 };
    });
  }

  private async count(what: Counted, key: string, limit: RateLimit): Promise<RateDecision> {
    return this.limiter.take(`${what}:${key}`, scaleLimit(limit, this.scale));
  }
}

function admitted(decision: RateDecision): RateDecision {
  if (decision.waitMs === 0) return decision;
  throw new OAuthError('temporarily_unavailable', 'Too many requests.', {
    status: 429,
    headers: rateLimitHeaders([decision]),
  });
}
