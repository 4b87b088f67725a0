import type { Sql } from '#libs/foundation';
import type { DisabledWebhook } from '../worker/webhook-notices.js';

/** Of a webhook `w` with its app `a` and its tenant `t`. */
const isDisapproved = `w.enabled AND w.deleted_at IS NULL AND NOT EXISTS (
  SELECT FROM webhook_event_sub s
  WHERE s.webhook_id = w.id AND event_approved(a.id, t.id, a.governance, t.governance, s.event_type))`;

/**
 * Webhooks that are to be disabled, of those with an event type or of those that changed lately. None is locked: before
 * it is disabled it is looked at again.
 */
export async function findDisapproved(
  sql: Sql,
  { eventType, changedAfter }: { eventType?: string; changedAfter?: Date },
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT w.id FROM webhook w JOIN platform_app a ON a.id = w.app_id JOIN tenant t ON t.id = a.tenant_id
     WHERE ($1::text IS NULL OR w.id IN (SELECT webhook_id FROM webhook_event_sub WHERE event_type = $1))
       AND ($2::timestamptz IS NULL OR w.updated_at > $2) AND ${isDisapproved}`,
    [eventType ?? null, changedAfter ?? null],
  );
  return rows.map(({ id }) => id);
}

/**
 * Disables, of webhooks that are locked, those whose app has no approved event type of their subscription left. An
 * approval that comes back enables none: their owners do.
 */
export async function disableDisapproved(
  transaction: Sql,
  webhookIds: readonly string[],
  now: Date,
): Promise<(DisabledWebhook & { events: string[] })[]> {
  return transaction.query(
    `UPDATE webhook w SET enabled = false, disabled_reason = 'approval_revoked', version = w.version + 1, updated_at = $2
     FROM platform_app a JOIN tenant t ON t.id = a.tenant_id
     WHERE w.id = ANY ($1) AND a.id = w.app_id AND ${isDisapproved}
     RETURNING w.id, w.tenant_id, w.app_id, w.disabled_reason, w.failing_since,
       ARRAY(SELECT s.event_type FROM webhook_event_sub s WHERE s.webhook_id = w.id) AS events`,
    [webhookIds, now],
  );
}
