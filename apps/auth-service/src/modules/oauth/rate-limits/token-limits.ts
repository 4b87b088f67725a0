import { LOGGER, type Logger, networkOf, OAuthError } from '#libs/foundation';
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

/**
 * How often an authenticated client may ask for tokens, and as often for their end; and a resource server about them.
 * A public client proves nothing, so that anyone may ask in its name: it is counted apart for each network, and against
 * its tenant only for the tokens it got (ADR 24).
 */
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
  async take(client: AuthenticatedClient, ip: string): Promise<Record<string, string>> {
    return this.hold('token', client, ip, this.quotas.peek(client.app.id, client.policy));
  }

  /** Counts one revocation, which leaves the rates and quotas of tokens alone. Returns and throws as `take`. */
  async takeRevocation(client: AuthenticatedClient, ip: string): Promise<Record<string, string>> {
    return this.hold('revoke', client, ip, []);
  }

  /** Counts one introspection. Returns and throws as `take`. */
  async takeIntrospection({ id }: ResourceServer): Promise<Record<string, string>> {
    if (this.scale === 0) return {};
    return rateLimitHeaders([admitted(await this.count('introspect', id, perResourceServer))]);
  }

  /** Counts a token against the quotas; a public client's against its tenant. A request that got none has used up nothing. */
  async issued({ app, policy, method }: AuthenticatedClient): Promise<void> {
    this.quotas.count(app.id, policy);
    if (method === 'none' && this.scale !== 0) await this.count('token', app.tenantId, perTenant);
  }

  private async hold(
    what: Counted,
    { app, policy, method }: AuthenticatedClient,
    ip: string,
    quotas: readonly RateDecision[],
  ): Promise<Record<string, string>> {
    const isPublic = method === 'none';
    const who = isPublic ? `${app.id} ${networkOf(ip)}` : app.id;
    const own = [...quotas];
    const rps = policy.rateLimitRps;
    if (this.scale !== 0 && rps !== null)
      own.unshift(await this.count(what, `app:${who}`, appRateLimit(rps)));
    const decisions =
      policy.rateLimitMode === 'monitor' ? this.watched(app.id, own) : own.map(admitted);
    if (this.scale !== 0) {
      // A rate of its own replaces the general one, but for an app that is only watched.
      if (rps === null || policy.rateLimitMode === 'monitor')
        decisions.unshift(admitted(await this.count(what, who, perClient)));
      const mode = isPublic ? 'peek' : 'take';
      admitted(await this.count(what, app.tenantId, perTenant, mode));
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

  private async count(
    what: Counted,
    key: string,
    limit: RateLimit,
    mode: 'take' | 'peek' = 'take',
  ): Promise<RateDecision> {
    return this.limiter[mode](`${what}:${key}`, scaleLimit(limit, this.scale));
  }
}

function admitted(decision: RateDecision): RateDecision {
  if (decision.waitMs === 0) return decision;
  throw new OAuthError('temporarily_unavailable', 'Too many requests.', {
    status: 429,
    headers: rateLimitHeaders([decision]),
  });
}
