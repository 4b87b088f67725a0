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
  limit: number;
  /** Strict ordering, or a probe: nothing while another delivery of the webhook is under way. */
  alone: boolean;
}

/**
 * Leases due deliveries and counts their attempts, committed before anything is sent. First attempts and retries
 * are taken 4:1, each oldest first.
 */
export async function claimDue(sql: Sql, claim: Claim): Promise<ClaimedDelivery[]> {
  const { webhookId, lease, leaseUntil, now, limit, alone } = claim;
  return sql.query<ClaimedDelivery>(
    {
      name: 'pending_claim',
      text: `
        WITH due AS (
          (SELECT delivery_id, row_number() OVER (ORDER BY due_at, delivery_id) * 1.25 AS turn
           FROM webhook_pending
           WHERE webhook_id = $1 AND (attempt > 0) = false AND due_at <= $2 AND lease IS NULL
           ORDER BY due_at, delivery_id LIMIT $3)
          UNION ALL
          (SELECT delivery_id, row_number() OVER (ORDER BY due_at, delivery_id) * 5 AS turn
           FROM webhook_pending
           WHERE webhook_id = $1 AND (attempt > 0) = true AND due_at <= $2 AND lease IS NULL
           ORDER BY due_at, delivery_id LIMIT $3)
        ), chosen AS (
          SELECT p.delivery_id, due.turn
          FROM webhook_pending p JOIN due USING (delivery_id)
          WHERE p.lease IS NULL
            AND NOT ($6 AND EXISTS (SELECT FROM webhook_pending o WHERE o.webhook_id = $1 AND o.lease IS NOT NULL))
            AND EXISTS (SELECT FROM webhook w WHERE w.id = $1 AND w.enabled AND w.deleted_at IS NULL)
          ORDER BY due.turn LIMIT $3
          FOR UPDATE OF p SKIP LOCKED
        ), claimed AS (
          UPDATE webhook_pending p
          SET lease = $4, lease_until = $5, attempt = p.attempt + 1
          FROM chosen WHERE p.delivery_id = chosen.delivery_id
          RETURNING p.delivery_id, p.event_id, p.attempt, p.first_queued_at, chosen.turn
        )
        SELECT c.delivery_id, c.event_id, c.attempt, c.first_queued_at, d.event_type, d.is_test, d.trigger, e.body
        FROM claimed c
        JOIN webhook_delivery d ON d.id = c.delivery_id
        LEFT JOIN event e ON e.id = c.event_id
        ORDER BY c.turn`,
    },
    [webhookId, now, limit, lease, leaseUntil, alone],
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
      text: `UPDATE webhook_pending SET lease = NULL, lease_until = NULL, attempt = attempt - 1
             WHERE delivery_id = ANY ($1) AND lease = $2`,
    },
    [deliveryIds, lease],
  );
}
