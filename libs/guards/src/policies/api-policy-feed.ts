import { AppError, type Clock, type Logger, type Notifications, type Sql } from '#libs/foundation';
import type { AccessToken } from '../tokens/access-token.js';
import { ApiPolicy, type ApiPolicyLevel, toApiPolicyLevel } from './api-policy.js';

export const API_POLICY_CHANNEL = 'api_policy';

const pollIntervalMs = 4_000;
const unrestricted = new ApiPolicy([]);

interface Row {
  id: string;
  governance: Record<string, unknown>;
}

/**
 * The governance that is felt at every use of a token: the few apps and tenants with address blocks or a rate of
 * their own, loaded at start, refreshed by NOTIFY and by a poll. Both apps hold one.
 */
export class ApiPolicyFeed {
  private levels = new Map<string, ApiPolicyLevel>();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly sql: Sql,
    private readonly notifications: Notifications,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    await this.load();
    this.unsubscribe = await this.notifications.subscribe(
      API_POLICY_CHANNEL,
      () => void this.refresh(),
    );
    this.timer = setInterval(() => void this.refresh(), pollIntervalMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe?.();
    await this.loading;
  }

  /** What holds for the token's app. A principal of the CLI has no app. */
  policyOf(token: Pick<AccessToken, 'use' | 'clientId' | 'tenantId'>): ApiPolicy {
    if (this.levels.size === 0 || token.use === 'principal' || token.use === 'operator')
      return unrestricted;
    const levels = [token.clientId, token.tenantId].flatMap((id) => {
      const level = id === undefined ? undefined : this.levels.get(id);
      return level ? [level] : [];
    });
    return levels.length === 0 ? unrestricted : new ApiPolicy(levels);
  }

  /** @throws AppError ip_not_allowed */
  assertAddress(token: AccessToken, ip: string): void {
    if (!this.policyOf(token).allowsAddress(ip))
      throw new AppError('ip_not_allowed', {
        detail: 'Call from an address within allowed_cidrs of the app and its tenant.',
      });
  }

  /** Reads anew, after any read that is under way. */
  async refresh(): Promise<void> {
    this.loading = this.loading
      .then(() => this.load())
      .catch((error: unknown) => this.logger.warn({ err: error }, 'cannot read API policies'));
    return this.loading;
  }

  private async load(): Promise<void> {
    const startedAtMs = this.clock.now();
    const rows = await this.sql.query<Row>(
      `WITH own AS (SELECT id, tenant_id, governance FROM platform_app
         WHERE deleted_at IS NULL AND governance ?| ARRAY['allowed_cidrs', 'rate_limit_rps']),
       general AS (SELECT id, governance FROM tenant
         WHERE governance ?| ARRAY['allowed_cidrs', 'rate_limit_rps'])
       SELECT id, governance FROM own UNION ALL SELECT id, governance FROM general
       -- The other level of each has a say in the mode.
       UNION ALL SELECT id, governance FROM tenant WHERE id IN (SELECT tenant_id FROM own)
       UNION ALL SELECT id, governance FROM platform_app
         WHERE deleted_at IS NULL AND tenant_id IN (SELECT id FROM general)
           AND governance ?| ARRAY['rate_limit_mode', 'token_quota_per_hour', 'token_quota_per_day']`,
    );
    this.levels = new Map(rows.map(({ id, governance }) => [id, toApiPolicyLevel(governance)]));
    this.logger.debug(
      { policies: rows.length, duration_ms: this.clock.now() - startedAtMs },
      'API policies read',
    );
  }
}
