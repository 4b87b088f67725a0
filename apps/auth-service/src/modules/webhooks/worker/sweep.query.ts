import type { Sql } from '#libs/foundation';
import type { Lane } from './lane-queue.js';
import { storedReason, storedStatus } from '../deliveries/delivery-codes.js';
import { MOST_ATTEMPTS } from '../deliveries/retry-ladder.js';

/**
 * Leases that ran out: whether the receiver got the request is unknown, so it gets it again at once, under the same
 * webhook-id. The attempt is spent and told as `interrupted`; with the ladder's last attempt and the one granted beyond
 * it the delivery is exhausted. Tests, which are never due, are not among them.
 * @param leaseMs how long a lease lasts: it began with the attempt
 * @returns how many there were
 */
export async function sweepExpiredLeases(
  sql: Sql,
  { now, leaseMs, limit }: { now: Date; leaseMs: number; limit: number },
): Promise<number> {
  const rows = await sql.query<{ delivery_id: string }>(
    {
      name: 'pending_sweep',
      text: `
        WITH expired AS MATERIALIZED (
          SELECT delivery_id, webhook_id, attempt, attempt >= $3 AS is_last,
            lease_until - $4::int * interval '1 ms' AS started_at
          FROM webhook_pending
          WHERE lease IS NOT NULL AND lease_until < $1 AND due_at < 'infinity'
          ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED
        ), ended AS (
          DELETE FROM webhook_pending p USING expired x WHERE p.delivery_id = x.delivery_id AND x.is_last
        ), freed AS (
          UPDATE webhook_pending p SET lease = NULL, lease_until = NULL, due_at = $1
          FROM expired x WHERE p.delivery_id = x.delivery_id AND NOT x.is_last
        ), attempt AS (
          INSERT INTO webhook_attempt (delivery_id, n, started_at, duration_ms, outcome, url, worker)
          SELECT x.delivery_id, x.attempt, x.started_at, 0, 'interrupted', w.url, ''
          FROM expired x JOIN webhook w ON w.id = x.webhook_id
          ON CONFLICT (delivery_id, n) DO NOTHING
        ), delivery AS (
          UPDATE webhook_delivery d
          SET status = CASE WHEN x.is_last THEN $6::smallint ELSE $5::smallint END,
            reason = CASE WHEN x.is_last THEN $7::smallint END,
            completed_at = CASE WHEN x.is_last THEN $1 END,
            attempts = x.attempt, last_code = NULL, last_attempt_at = x.started_at
          FROM expired x WHERE d.id = x.delivery_id
        )
        SELECT delivery_id FROM expired`,
    },
    [
      now,
      limit,
      MOST_ATTEMPTS,
      leaseMs,
      storedStatus.retrying,
      storedStatus.failed,
      storedReason.exhausted,
    ],
  );
  return rows.length;
}

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/** Some of the endpoints with due work. */
export interface DueLanes {
  lanes: readonly Lane[];
  /** Where the next look begins; undefined at the end. */
  next: string | undefined;
}

/**
 * Endpoints with due work that nobody holds, and those whose pending deliveries are to end: deleted, or of an app or
 * a tenant that is not active. Walks from endpoint to endpoint through the index, so that its cost follows the number
 * of endpoints, not of deliveries; and never further than `most` of them.
 * @param after the webhook behind which the walk begins
 */
export async function findDueLanes(
  sql: Sql,
  now: Date,
  after: string | undefined,
  most: number,
): Promise<DueLanes> {
  const rows = await sql.query<{ webhook_id: string; tenant_id: string | null; slow: boolean }>(
    {
      name: 'lanes_due',
      text: `
        WITH RECURSIVE lane AS (
          (SELECT webhook_id, 1 AS n FROM webhook_pending WHERE webhook_id > $2 ORDER BY webhook_id LIMIT 1)
          UNION ALL
          SELECT (SELECT p.webhook_id FROM webhook_pending p WHERE p.webhook_id > lane.webhook_id
                  ORDER BY p.webhook_id LIMIT 1), lane.n + 1
          FROM lane WHERE lane.webhook_id IS NOT NULL AND lane.n < $3
        )
        SELECT w.id AS webhook_id, w.tenant_id, w.slow
        FROM lane JOIN webhook w ON w.id = lane.webhook_id
          JOIN platform_app a ON a.id = w.app_id JOIN tenant t ON t.id = w.tenant_id
        WHERE w.deleted_at IS NOT NULL OR a.deleted_at IS NOT NULL OR a.status <> 'active' OR t.status <> 'active'
          OR w.enabled AND (w.paused_until IS NULL OR w.paused_until <= $1)
          AND CASE WHEN w.ordering = 'strict' THEN
            -- What is behind the head waits for it.
            (SELECT p.due_at <= $1 AND p.lease IS NULL FROM webhook_pending p
             WHERE p.webhook_id = w.id AND p.due_at < 'infinity' ORDER BY p.delivery_id LIMIT 1)
          ELSE
            -- In order and with a limit, so that the planner does not read all that is due at once.
            (SELECT true FROM webhook_pending p
             WHERE p.webhook_id = w.id AND (p.attempt > 0) IS FALSE AND p.due_at <= $1 AND p.lease IS NULL
             ORDER BY p.due_at LIMIT 1)
            OR (SELECT true FROM webhook_pending p
              WHERE p.webhook_id = w.id AND (p.attempt > 0) IS TRUE AND p.due_at <= $1 AND p.lease IS NULL
              ORDER BY p.due_at LIMIT 1)
          END
        UNION ALL
        SELECT webhook_id, NULL, false FROM lane WHERE n = $3 AND webhook_id IS NOT NULL`,
    },
    [now, after ?? FIRST_UUID, most],
  );
  return {
    lanes: rows.flatMap(({ webhook_id, tenant_id, slow }) =>
      tenant_id === null ? [] : { webhookId: webhook_id, tenantId: tenant_id, slow },
    ),
    next: rows.find(({ tenant_id }) => tenant_id === null)?.webhook_id,
  };
}
