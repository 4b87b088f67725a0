import type { Sql } from '#libs/foundation';
import { cancelPending } from '../deliveries/cancel-pending.js';

/**
 * Ends webhooks for good: their keys are destroyed, what is pending is canceled, recoveries stop. The rows stay for
 * the history.
 */
export async function endWebhooks(
  transaction: Sql,
  webhookIds: readonly string[],
  now: Date,
): Promise<void> {
  await transaction.execute(
    `UPDATE webhook SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = ANY ($1)`,
    [webhookIds, now],
  );
  await transaction.execute('DELETE FROM webhook_key WHERE webhook_id = ANY ($1)', [webhookIds]);
  await transaction.execute(
    `UPDATE webhook_recovery SET status = 'canceled', finished_at = $2
     WHERE webhook_id = ANY ($1) AND status = 'running'`,
    [webhookIds, now],
  );
  await cancelPending(transaction, webhookIds, 'webhook_deleted', now);
}
