import type { Sql } from '#libs/foundation';
import { storedReason, storedStatus, storedTrigger } from '../deliveries/delivery-codes.js';
import type { ClaimedDelivery } from './claim.query.js';

/** Test deliveries are never due: no lane claims them, only the queue of tests does, by their id. */
const NEVER_DUE = 'infinity';

export interface NewTest {
  id: string;
  webhookId: string;
  tenantId: string;
  eventId: string;
  eventType: string;
  body: Buffer;
  now: Date;
}

/** The synthetic event, its delivery and its pending row, in one statement. */
export async function insertTest(sql: Sql, test: NewTest): Promise<void> {
  await sql.execute(
    `WITH event AS (
       INSERT INTO event (id, tenant_id, type, occurred_at, created_at, body) VALUES ($4, $3, $5, $7, $7, $6)
     ), delivery AS (
       INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_id, event_type, trigger, is_test, status, created_at)
       VALUES ($1, $2, $3, $4, $5, ${storedTrigger.test}, true, ${storedStatus.queued}, $7)
     )
     INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
     VALUES ($1, $2, $3, $4, '${NEVER_DUE}', $7)`,
    [test.id, test.webhookId, test.tenantId, test.eventId, test.eventType, test.body, test.now],
  );
}

/** Leases one test. Undefined where it is gone or under way. */
export async function claimTest(
  sql: Sql,
  deliveryId: string,
  lease: string,
  leaseUntil: Date,
): Promise<ClaimedDelivery | undefined> {
  const [row] = await sql.query<ClaimedDelivery>(
    `WITH claimed AS (
       UPDATE webhook_pending SET lease = $2, lease_until = $3, attempt = attempt + 1
       WHERE delivery_id = $1 AND lease IS NULL AND due_at = '${NEVER_DUE}'
       RETURNING delivery_id, event_id, attempt, first_queued_at
     )
     SELECT c.*, d.event_type, d.is_test, d.trigger, e.body
     FROM claimed c JOIN webhook_delivery d ON d.id = c.delivery_id LEFT JOIN event e ON e.id = c.event_id`,
    [deliveryId, lease, leaseUntil],
  );
  return row;
}

/** Tests whose wake-up was lost. */
export async function findWaitingTests(
  sql: Sql,
): Promise<readonly { delivery_id: string; webhook_id: string }[]> {
  return sql.query(
    `SELECT delivery_id, webhook_id FROM webhook_pending
     WHERE due_at = '${NEVER_DUE}' AND lease IS NULL ORDER BY delivery_id LIMIT 100`,
  );
}

/** A test has one attempt, and that was interrupted. */
export async function endInterruptedTests(sql: Sql, now: Date, leaseMs: number): Promise<void> {
  await sql.execute(
    `WITH held AS MATERIALIZED (
       SELECT delivery_id FROM webhook_pending
       WHERE due_at = '${NEVER_DUE}' AND lease IS NOT NULL AND lease_until < $1
       ORDER BY delivery_id FOR UPDATE SKIP LOCKED
     ), ended AS (
       DELETE FROM webhook_pending p USING held WHERE p.delivery_id = held.delivery_id
       RETURNING p.delivery_id, p.webhook_id, p.attempt, p.lease_until - $2::int * interval '1 ms' AS started_at
     ), attempt AS (
       INSERT INTO webhook_attempt (delivery_id, n, started_at, duration_ms, outcome, url, worker)
       SELECT e.delivery_id, e.attempt, e.started_at, 0, 'interrupted', w.url, '' FROM ended e JOIN webhook w ON w.id = e.webhook_id
       ON CONFLICT (delivery_id, n) DO NOTHING
     )
     UPDATE webhook_delivery d SET status = ${storedStatus.failed}, reason = ${storedReason.exhausted},
       attempts = e.attempt, last_attempt_at = e.started_at, completed_at = $1
     FROM ended e WHERE d.id = e.delivery_id`,
    [now, leaseMs],
  );
}
