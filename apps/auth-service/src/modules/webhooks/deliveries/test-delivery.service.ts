import { writeEnvelope } from '#libs/events';
import { AppError, Clock, Database, encodeId, Ids, uuidTime } from '#libs/foundation';
import type { Actor, RateLimit } from '#libs/guards';
import { Queues } from '#libs/queues';
import { Injectable } from '@nestjs/common';
import { findWebhook } from '../subscriptions/webhook.query.js';
import { WebhookLimits } from '../subscriptions/write-limits.js';
import { queueNames } from '../worker/queue-names.js';
import { insertTest } from '../worker/test-delivery.query.js';
import { deliveryId } from './delivery-id.js';

const TEST_EVENT = 'webhook.test';
const tests: RateLimit = { name: 'webhook-tests', perSecond: 10 / 60, burst: 10 };

/** Sends a synthetic event to a webhook, also to a disabled one. */
@Injectable()
export class TestDeliveryService {
  constructor(
    private readonly database: Database,
    private readonly limits: WebhookLimits,
    private readonly queues: Queues,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @returns the delivery's wire id  @throws AppError not_found, rate_limited, validation_failed */
  async send(actor: Actor, webhookId: string, type = TEST_EVENT): Promise<string> {
    const webhook = await findWebhook(this.database, actor, webhookId);
    if (type !== TEST_EVENT && !webhook.events.includes(type)) {
      throw new AppError('validation_failed', {
        detail: 'Test with webhook.test or an event type the webhook subscribes to.',
        errors: [{ pointer: '/event', code: 'not_subscribed', message: 'Not subscribed.' }],
      });
    }
    await this.limits.take(webhook.id, tests);
    const eventId = this.ids.uuid();
    const now = new Date(uuidTime(eventId));
    const id = deliveryId(now.getTime(), eventId, webhook.id);
    const body = writeEnvelope(
      {
        id: encodeId('evt', eventId),
        type: TEST_EVENT,
        occurredAtMs: this.clock.now(),
        tenantId: webhook.tenant_id,
        isTest: true,
      },
      Buffer.from(JSON.stringify({ webhook_id: webhookId, event: type })),
    );
    await insertTest(this.database, {
      id,
      webhookId: webhook.id,
      tenantId: webhook.tenant_id,
      eventId,
      eventType: TEST_EVENT,
      body,
      now,
    });
    await this.queues.wake(queueNames.test, [
      { key: id, data: { delivery_id: id, webhook_id: webhook.id }, priority: 1 },
    ]);
    return encodeId('dlv_test', id);
  }
}
