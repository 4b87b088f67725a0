import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { storedReason, storedStatus, storedTrigger } from '../deliveries/delivery-codes.js';
import { deliveryId } from '../deliveries/delivery-id.js';
import {
  archiveEvents,
  claimOutbox,
  findSubscriptions,
  insertDeliveries,
  type NewDelivery,
  type OutboxEvent,
  type Subscription,
} from './fan-out.query.js';
import { type Lane, LaneQueue } from './lane-queue.js';
import { WorkerSettings } from './worker-settings.js';

/** Moves published events from the outbox to the webhooks that subscribed. */
@Injectable()
export class Relay {
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lanes: LaneQueue,
    private readonly settings: WorkerSettings,
  ) {}

  /** Empties the outbox. Calls during a run are folded into one more round of it. */
  async runOnce(): Promise<void> {
    this.again = true;
    this.running ??= this.drain().finally(() => (this.running = undefined));
    return this.running;
  }

  private async drain(): Promise<void> {
    while (this.again) {
      this.again = false;
      while ((await this.relayBatch()) > 0);
    }
  }

  /** One transaction; lanes are woken after its commit, and by the tick if this process dies in between. */
  private async relayBatch(): Promise<number> {
    const { events, lanes } = await this.database.transaction(async (transaction) => {
      const claimed = await claimOutbox(
        transaction,
        this.settings.relayPerTenant,
        this.settings.relayBatch,
      );
      if (claimed.length === 0) return { events: 0, lanes: [] };
      const eventIds = claimed.map(({ id }) => id);
      const subscriptions = await findSubscriptions(
        transaction,
        eventIds,
        this.settings.tenantHardQuota,
      );
      const byId = new Map(claimed.map((event) => [event.id, event]));
      await insertDeliveries(
        transaction,
        subscriptions.flatMap((subscription) => {
          const event = byId.get(subscription.event_id);
          return event ? [this.toDelivery(event, subscription)] : [];
        }),
      );
      await archiveEvents(transaction, eventIds);
      return { events: claimed.length, lanes: toLanes(subscriptions) };
    });
    await this.lanes.wake(lanes);
    return events;
  }

  private toDelivery(event: OutboxEvent, subscription: Subscription): NewDelivery {
    const skipped = skipReason(subscription);
    return {
      id: deliveryId(event.created_at.getTime(), event.id, subscription.webhook_id),
      webhookId: subscription.webhook_id,
      tenantId: subscription.tenant_id,
      eventId: event.id,
      eventType: event.type,
      trigger: storedTrigger.event,
      isTest: false,
      status: skipped === null ? storedStatus.queued : storedStatus.skipped,
      reason: skipped,
      createdAt: event.created_at,
      ...(skipped === null ? { dueAt: this.clock.date() } : {}),
    };
  }
}

function skipReason({ enabled, over_quota }: Subscription): number | null {
  if (!enabled) return storedReason.webhook_disabled;
  return over_quota ? storedReason.over_quota : null;
}

function toLanes(subscriptions: readonly Subscription[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const subscription of subscriptions) {
    if (skipReason(subscription) !== null) continue;
    const { webhook_id: webhookId, tenant_id: tenantId, slow } = subscription;
    lanes.set(webhookId, { webhookId, tenantId, slow });
  }
  return [...lanes.values()];
}
