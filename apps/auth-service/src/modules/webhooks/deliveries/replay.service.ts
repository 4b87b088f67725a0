import { randomUUID } from 'node:crypto';
import { AppError, Clock, Database, type Sql } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { lockWebhook, type WebhookRow } from '../subscriptions/webhook.query.js';
import { insertDeliveries } from '../worker/fan-out.query.js';
import { LaneQueue } from '../worker/lane-queue.js';
import { FIRST_TERMINAL_STATUS, storedStatus, storedTrigger } from './delivery-codes.js';
import { deliveryId } from './delivery-id.js';
import { type DeliveryRow, getDelivery } from './delivery.query.js';

/** Sends the event of a finished delivery once more, as a delivery of its own. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly database: Database,
    private readonly lanes: LaneQueue,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found, delivery_pending, payload_expired, test_not_replayable, app_suspended, event_not_approved */
  async redeliver(actor: Actor, webhookId: string, wireId: string): Promise<DeliveryRow> {
    const { webhook, delivery } = await this.database.transaction(async (transaction) => {
      // Locked, so that of two calls at once the second finds the first one's delivery pending.
      const locked = await lockWebhook(transaction, actor, webhookId);
      const source = await getDelivery(transaction, locked.id, wireId);
      await assertReplayable(transaction, locked, source);
      const now = this.clock.date();
      const id = deliveryId(now.getTime(), source.event_id, locked.id, randomUUID());
      await insertDeliveries(transaction, [
        {
          id,
          webhookId: locked.id,
          tenantId: locked.tenant_id,
          eventId: source.event_id,
          eventType: source.event_type,
          trigger: storedTrigger.manual,
          isTest: false,
          status: storedStatus.queued,
          reason: null,
          createdAt: now,
          dueAt: now,
        },
      ]);
      return { webhook: locked, delivery: { ...source, ...freshDelivery(id, now) } };
    });
    await this.lanes.wake([{ webhookId: webhook.id, tenantId: webhook.tenant_id, slow: false }]);
    return delivery;
  }
}

function freshDelivery(id: string, now: Date): Partial<DeliveryRow> & { id: string } {
  return {
    id,
    trigger: storedTrigger.manual,
    status: storedStatus.queued,
    reason: null,
    attempts: 0,
    last_code: null,
    last_attempt_at: null,
    completed_at: null,
    created_at: now,
    due_at: now,
    leased: false,
  };
}

interface ReplayState {
  app_active: boolean;
  approved: boolean;
  pending: boolean;
  kept: boolean;
}

async function assertReplayable(
  transaction: Sql,
  webhook: WebhookRow,
  source: DeliveryRow,
): Promise<void> {
  if (source.is_test)
    throw new AppError('test_not_replayable', {
      detail: 'Send another test instead: POST /v1/webhooks/{id}/test.',
    });
  const [state] = await transaction.query<ReplayState>(
    `SELECT a.status = 'active' AS app_active,
       event_approved(a.id, t.id, a.governance, t.governance, $3) AS approved,
       EXISTS (SELECT FROM webhook_delivery WHERE event_id = $2 AND webhook_id = $1
         AND status < ${FIRST_TERMINAL_STATUS}) AS pending,
       EXISTS (SELECT FROM event WHERE id = $2) AS kept
     FROM platform_app a JOIN tenant t ON t.id = a.tenant_id WHERE a.id = $4`,
    [webhook.id, source.event_id, source.event_type, webhook.app_id],
  );
  if (!state?.app_active)
    throw new AppError('app_suspended', { detail: 'The app that owns the webhook is not active.' });
  if (!state.approved) {
    throw new AppError('event_not_approved', {
      detail: 'Ask for approval of the event type named in `events`; then deliver it again.',
      extensions: { events: [source.event_type] },
    });
  }
  if (source.status < FIRST_TERMINAL_STATUS || state.pending) {
    throw new AppError('delivery_pending', {
      detail: 'The event is still being delivered to this webhook.',
    });
  }
  if (!state.kept)
    throw new AppError('payload_expired', { detail: 'The event is past its retention.' });
}
