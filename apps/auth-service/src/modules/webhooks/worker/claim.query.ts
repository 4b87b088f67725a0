import type { Sql } from '#libs/foundation';

export interface ClaimedDelivery {
  delivery_id: string;
  event_id: string;
  event_type: string;
  is_test: boolean;
  trigger: number;
  /** Of this attempt, from 1. */
  attempt: number;
  first_queued_at: Date;
  /** Null: past retention. */
  body: Buffer | null;
}

export interface Claim {
  webhookId: string;
  /** Fences the results: whoever lost the lease records nothing. */
  lease: string;
  leaseUntil: Date;
  now: Date;
}

/** Leases the rows of `chosen` and loads them: $4 is the lease, $5 its end. */
const leaseChosen = `claimed AS (
          UPDATE webhook_pending p
          SET lease = $4, lease_until = $5, attempt = p.attempt + 1
          FROM chosen WHERE p.delivery_id = chosen.delivery_id
          RETURNING p.delivery_id, p.event_id, p.attempt, p.first_queued_at, chosen.turn
        )
        SELECT c.delivery_id, c.event_id, c.attempt, c.first_queued_at, d.event_type, d.is_test, d.trigger, e.body
        FROM claimed c
        JOIN webhook_delivery d ON d.id = c.delivery_id
        LEFT JOIN event e ON e.id = c.event_id
        ORDER BY c.turn`;

/**
 * Leases due deliveries and counts their attempts, committed before anything is sent. First attempts and retries
 * are taken 4:1, each oldest first. None once the webhook is disabled, deleted or of another version than was loaded.
 */
export async function claimDue(
  sql: Sql,
  claim: Claim & { limit: number; version: number },
): Promise<ClaimedDelivery[]> {
  const { webhookId, version, lease, leaseUntil, now, limit } = claim;
  return sql.query<ClaimedDelivery>(
    {
      name: 'pending_claim',
      text: `
        WITH due AS (
          -- IS FALSE, as the index has it: the planner would make "attempt <= 0" of "(attempt > 0) = false", and read
          -- all that is due.
          (SELECT delivery_id, row_number() OVER (ORDER BY due_at, delivery_id) * 1.25 AS turn
           FROM webhook_pending
           WHERE webhook_id = $1 AND (attempt > 0) IS FALSE AND due_at <= $2 AND lease IS NULL
           ORDER BY due_at, delivery_id LIMIT $3)
          UNION ALL
          (SELECT delivery_id, row_number() OVER (ORDER BY due_at, delivery_id) * 5 AS turn
           FROM webhook_pending
           WHERE webhook_id = $1 AND (attempt > 0) IS TRUE AND due_at <= $2 AND lease IS NULL
           ORDER BY due_at, delivery_id LIMIT $3)
        ), chosen AS (
          SELECT p.delivery_id, due.turn
          FROM webhook_pending p JOIN due USING (delivery_id)
          WHERE p.lease IS NULL
            AND EXISTS (SELECT FROM webhook w
              WHERE w.id = $1 AND w.version = $6 AND w.enabled AND w.deleted_at IS NULL)
          ORDER BY due.turn LIMIT $3
          FOR UPDATE OF p SKIP LOCKED
        ), ${leaseChosen}`,
    },
    [webhookId, now, limit, lease, leaseUntil, version],
  );
}

/** The oldest due delivery, for a probe. Under the webhook's lock. */
export async function claimOldest(sql: Sql, claim: Claim): Promise<ClaimedDelivery[]> {
  const oldest = (isRetry: boolean): string => `
          (SELECT delivery_id, due_at, lease FROM webhook_pending
           WHERE webhook_id = $1 AND (attempt > 0) IS ${isRetry} AND due_at <= $2
           ORDER BY due_at, delivery_id LIMIT $3)`;
  return claimSingle(
    sql,
    claim,
    'pending_claim_oldest',
    // Each from its end of the lane's index: together they would all be read, and sorted.
    `SELECT * FROM (${oldest(false)} UNION ALL ${oldest(true)}) either
          ORDER BY due_at, delivery_id LIMIT $3`,
  );
}

/** The head of a strict order, if it is due: what came later waits for it. Under the webhook's lock. */
export async function claimHead(sql: Sql, claim: Claim): Promise<ClaimedDelivery[]> {
  return claimSingle(
    sql,
    claim,
    'pending_claim_head',
    `SELECT delivery_id, due_at, lease FROM webhook_pending
          WHERE webhook_id = $1 AND due_at < 'infinity' ORDER BY delivery_id LIMIT $3`,
  );
}

/** @param first selects the one that is leased if it is due and nothing else of the webhook is under way */
async function claimSingle(
  sql: Sql,
  { webhookId, lease, leaseUntil, now }: Claim,
  name: string,
  first: string,
): Promise<ClaimedDelivery[]> {
  return sql.query<ClaimedDelivery>(
    {
      name,
      text: `
        WITH first AS (
          ${first}
        ), chosen AS (
          SELECT delivery_id, 1::numeric AS turn FROM first
          WHERE due_at <= $2 AND lease IS NULL
            -- "<>", so that the index of the leased is the only one that narrows more than the webhook.
            AND NOT EXISTS (SELECT FROM webhook_pending o
              WHERE o.webhook_id = $1 AND o.lease IS NOT NULL AND o.due_at <> 'infinity')
        ), ${leaseChosen}`,
    },
    [webhookId, now, 1, lease, leaseUntil],
  );
}

/** Gives back what was leased but not sent; the attempt was none. */
export async function releaseUnsent(
  sql: Sql,
  lease: string,
  deliveryIds: readonly string[],
): Promise<void> {
  if (deliveryIds.length === 0) return;
  await sql.execute(
    {
      name: 'pending_release',
      text: `
        WITH held AS MATERIALIZED (
          SELECT delivery_id FROM webhook_pending WHERE delivery_id = ANY ($1) AND lease = $2
          ORDER BY delivery_id FOR UPDATE
        )
        UPDATE webhook_pending p SET lease = NULL, lease_until = NULL, attempt = p.attempt - 1
        FROM held WHERE p.delivery_id = held.delivery_id`,
    },
    [deliveryIds, lease],
  );
}
