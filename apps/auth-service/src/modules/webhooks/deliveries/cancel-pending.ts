import type { Sql } from '#libs/foundation';
import {
  type DeliveryReason,
  FIRST_TERMINAL_STATUS,
  storedReason,
  storedStatus,
} from './delivery-codes.js';

/**
 * Cancels the pending deliveries of webhooks, those under way included: their results will find no lease. These come
 * last, so that they are locked for milliseconds. Under the webhooks' lock, and last in its transaction but for the
 * audit: one order for all that locks (ADR 21).
 * @param eventTypes only of these types
 */
export async function cancelPending(
  transaction: Sql,
  webhookIds: readonly string[],
  reason: DeliveryReason,
  now: Date,
  eventTypes?: readonly string[],
): Promise<void> {
  await transaction.query('SELECT FROM webhook WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [
    webhookIds,
  ]);
  for (const which of ['AND p.lease IS NULL', '']) {
    await transaction.execute(
      `WITH held AS MATERIALIZED (
         SELECT p.delivery_id FROM webhook_pending p
         WHERE p.webhook_id = ANY ($1) ${which} AND ($5::text[] IS NULL OR EXISTS (
           SELECT FROM webhook_delivery d WHERE d.id = p.delivery_id AND d.event_type = ANY ($5)))
         ORDER BY p.delivery_id FOR UPDATE OF p
       ), canceled AS (
         DELETE FROM webhook_pending p USING held WHERE p.delivery_id = held.delivery_id
       )
       UPDATE webhook_delivery d SET status = $2, reason = $3, completed_at = $4
       FROM held WHERE d.id = held.delivery_id AND d.status < $6`,
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
}
