import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { cancelPending } from '../deliveries/cancel-pending.js';
import {
  type DeliveryReason,
  storedReason,
  storedStatus,
  storedTrigger,
} from '../deliveries/delivery-codes.js';
import type { ClaimedDelivery } from './claim.query.js';
import { type EndpointRow, loadEndpoint } from './endpoint.query.js';

/** Ends deliveries without a request. */
@Injectable()
export class DeliveryEnd {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Cancels what is pending for an endpoint that will never be sent to again. Looks once more while nobody can change
   * it: an app may be active again, and have new deliveries, by the time at which its locks are free.
   */
  async endIfUndeliverable(endpoint: EndpointRow): Promise<boolean> {
    if (!endReasonOf(endpoint)) return false;
    const now = this.clock.date();
    await this.database.transaction(async (transaction) => {
      await transaction.query('SELECT FROM tenant WHERE id = $1 FOR SHARE', [endpoint.tenant_id]);
      await transaction.query('SELECT FROM platform_app WHERE id = $1 FOR SHARE', [
        endpoint.app_id,
      ]);
      const current = await loadEndpoint(transaction, endpoint.id, now);
      const reason = current && endReasonOf(current);
      if (reason) await cancelPending(transaction, [endpoint.id], reason, now);
    });
    return true;
  }

  /**
   * Checked before every attempt, retries included. What is claimed may be newer than the endpoint, and of a type that
   * was approved or subscribed to since: it is loaded anew before anything is canceled.
   * @returns what may be sent, in the same order
   */
  async cancelUnsendable(
    endpoint: EndpointRow,
    lease: string,
    batch: readonly ClaimedDelivery[],
  ): Promise<ClaimedDelivery[]> {
    if (reasonsOf(endpoint, batch).size === 0) return [...batch];
    const now = this.clock.date();
    const current = await loadEndpoint(this.database, endpoint.id, now);
    const reasons = reasonsOf(current ?? endpoint, batch);
    if (reasons.size > 0) await cancelLeased(this.database, lease, reasons, now);
    return batch.filter(({ delivery_id }) => !reasons.has(delivery_id));
  }
}

function endReasonOf({ deleted, app_active }: EndpointRow): DeliveryReason | undefined {
  if (deleted) return 'webhook_deleted';
  return app_active ? undefined : 'app_suspended';
}

/** Why deliveries are not sent. */
function reasonsOf(
  endpoint: EndpointRow,
  batch: readonly ClaimedDelivery[],
): Map<string, DeliveryReason> {
  const approved = new Set(endpoint.approved_events);
  const subscribed = new Set(endpoint.subscribed_events);
  const reasons = new Map<string, DeliveryReason>();
  for (const delivery of batch) {
    if (delivery.body === null) reasons.set(delivery.delivery_id, 'payload_expired');
    else if (!delivery.is_test && !approved.has(delivery.event_type))
      reasons.set(delivery.delivery_id, 'approval_revoked');
    // What is sent again was asked for by its name; of the rest, a relay may add some after it was unsubscribed.
    else if (delivery.trigger === storedTrigger.event && !subscribed.has(delivery.event_type))
      reasons.set(delivery.delivery_id, 'unsubscribed');
  }
  return reasons;
}

async function cancelLeased(
  sql: Sql,
  lease: string,
  reasons: ReadonlyMap<string, DeliveryReason>,
  now: Date,
): Promise<void> {
  await sql.execute(
    `WITH input AS (
       SELECT * FROM unnest($1::uuid[], $2::smallint[]) AS i (delivery_id, reason)
     ), held AS MATERIALIZED (
       SELECT p.delivery_id, i.reason FROM webhook_pending p JOIN input i USING (delivery_id)
       WHERE p.lease = $3 ORDER BY p.delivery_id FOR UPDATE OF p
     ), canceled AS (
       DELETE FROM webhook_pending p USING held WHERE p.delivery_id = held.delivery_id
     )
     UPDATE webhook_delivery d SET status = $4, reason = held.reason, completed_at = $5
     FROM held WHERE d.id = held.delivery_id`,
    [
      [...reasons.keys()],
      [...reasons.values()].map((reason) => storedReason[reason]),
      lease,
      storedStatus.canceled,
      now,
    ],
  );
}
