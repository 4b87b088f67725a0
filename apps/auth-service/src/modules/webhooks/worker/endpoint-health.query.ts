import type { Sql } from '#libs/foundation';
import { type BreakerState, readBreaker } from '../deliveries/breaker.js';

/** What a webhook's row knows of its endpoint. */
export interface EndpointHealth {
  id: string;
  tenant_id: string;
  app_id: string;
  url: string;
  version: number;
  enabled: boolean;
  disabled_reason: string | null;
  breaker: BreakerState;
  paused_until: Date | null;
  failing_since: Date | null;
  last_failure_at: Date | null;
  failed_deliveries: number;
  failing_notices: number;
  slow: boolean;
}

/** Undefined once the webhook is deleted. */
export async function lockHealth(
  transaction: Sql,
  webhookId: string,
): Promise<EndpointHealth | undefined> {
  const [row] = await transaction.query<EndpointHealth>(
    {
      name: 'health_lock',
      text: `SELECT id, tenant_id, app_id, url, version, enabled, disabled_reason, breaker, paused_until, failing_since,
               last_failure_at, failed_deliveries, failing_notices, slow
             FROM webhook WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`,
    },
    [webhookId],
  );
  return row && { ...row, breaker: readBreaker(row.breaker) };
}

/** The version counts changes by people; only being disabled is one they have to see. */
export async function writeHealth(sql: Sql, health: EndpointHealth, now: Date): Promise<void> {
  await sql.execute(
    {
      name: 'health_write',
      text: `UPDATE webhook SET enabled = $2, disabled_reason = $3, breaker = $4, paused_until = $5, failing_since = $6,
               last_failure_at = $7, failed_deliveries = $8, failing_notices = $9, slow = $10,
               version = version + CASE WHEN enabled <> $2 THEN 1 ELSE 0 END,
               updated_at = CASE WHEN enabled <> $2 THEN $11 ELSE updated_at END
             WHERE id = $1`,
    },
    [
      health.id,
      health.enabled,
      health.disabled_reason,
      JSON.stringify(health.breaker),
      health.paused_until,
      health.failing_since,
      health.last_failure_at,
      health.failed_deliveries,
      health.failing_notices,
      health.slow,
      now,
    ],
  );
}
