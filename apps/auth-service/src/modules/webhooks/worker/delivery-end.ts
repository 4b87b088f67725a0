import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { cancelPending } from '../deliveries/cancel-pending.js';
import { type DeliveryReason, storedReason, storedStatus } from '../deliveries/delivery-codes.js';
import type { ClaimedDelivery } from './claim.query.js';
import type { EndpointRow } from './endpoint.query.js';

/** Ends deliveries without a request. */
@Injectable()
export class DeliveryEnd {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Cancels what is pending for an endpoint that will never be sent to again. */
  async endIfUndeliverable(endpoint: EndpointRow): Promise<boolean> {
    if (endpoint.deleted) {
      await cancelPending(this.database, [endpoint.id], 'webhook_deleted', this.clock.date());
      return true;
    }
    if (!endpoint.app_active) {
      await cancelPending(this.database, [endpoint.id], 'app_suspended', this.clock.date());
      return true;
    }
    return false;
  }

  /** Checked before every attempt, retries included. @returns what may be sent, in the same order */
  async cancelUnsendable(
    endpoint: EndpointRow,
    lease: string,
    batch: readonly ClaimedDelivery[],
  ): Promise<ClaimedDelivery[]> {
    const approved = new Set(endpoint.approved_events);
    const reasons = new Map<string, DeliveryReason>();
    for (const delivery of batch) {
      if (delivery.body === null) reasons.set(delivery.delivery_id, 'payload_expired');
      else if (!delivery.is_test && !approved.has(delivery.event_type))
        reasons.set(delivery.delivery_id, 'approval_revoked');
    }
    if (reasons.size === 0) return [...batch];
    await cancelLeased(this.database, lease, reasons, this.clock.date());
    return batch.filter(({ delivery_id }) => !reasons.has(delivery_id));
  }
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
     ), canceled AS (
       DELETE FROM webhook_pending p USING input i
       WHERE p.delivery_id = i.delivery_id AND p.lease = $3
       RETURNING p.delivery_id, i.reason
     )
     UPDATE webhook_delivery d SET status = $4, reason = c.reason, completed_at = $5
     FROM canceled c WHERE d.id = c.delivery_id`,
    [
      [...reasons.keys()],
      [...reasons.values()].map((reason) => storedReason[reason]),
      lease,
      storedStatus.canceled,
      now,
    ],
  );
}
