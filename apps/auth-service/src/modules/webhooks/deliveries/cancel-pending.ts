import type { Sql } from '#libs/foundation';
import {
  type DeliveryReason,
  FIRST_TERMINAL_STATUS,
  storedReason,
  storedStatus,
} from './delivery-codes.js';

/**
 * Cancels the pending deliveries of webhooks, those under way included: their results will find no lease.
 * @param eventTypes only of these types
 */
export async function cancelPending(
  sql: Sql,
  webhookIds: readonly string[],
  reason: DeliveryReason,
  now: Date,
  eventTypes?: readonly string[],
): Promise<void> {
  await sql.execute(
    `WITH canceled AS (
       DELETE FROM webhook_pending p USING webhook_delivery d
       WHERE p.webhook_id = ANY ($1) AND d.id = p.delivery_id AND ($5::text[] IS NULL OR d.event_type = ANY ($5))
       RETURNING p.delivery_id
     )
     UPDATE webhook_delivery d SET status = $2, reason = $3, completed_at = $4
     FROM canceled c WHERE d.id = c.delivery_id AND d.status < $6`,
    [
      webhookIds,
      storedStatus.canceled,
      storedReason[reason],
      now,
      eventTypes ?? null,
      FIRST_TERMINAL_STATUS,
    ],
  );
}
