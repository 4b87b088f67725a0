import { AppError, CursorCodec, Database, decodeId, toPage } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { findWebhook } from '../subscriptions/webhook.query.js';
import { type AttemptRow, listAttempts } from './attempt.query.js';
import type { DeliveryListQuery } from './delivery.dto.js';
import { listDeliveries } from './delivery-list.query.js';
import { type DeliveryRow, getDelivery } from './delivery.query.js';

export interface DeliveryPage {
  deliveries: readonly DeliveryRow[];
  /** Of these deliveries, where they were asked for. */
  attempts: AttemptRow[] | undefined;
  nextCursor: string | null;
}

/** Reads the delivery history of one webhook. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  /** @throws AppError not_found, invalid_cursor, invalid_parameter */
  async list(actor: Actor, webhookId: string, query: DeliveryListQuery): Promise<DeliveryPage> {
    const webhook = await findWebhook(this.database, actor, webhookId);
    const { limit, cursor, status, event, event_id, test, since, until } = query;
    const filters = { status, event, event_id, test, since, until };
    const scope = `deliveries|${webhook.id}|${JSON.stringify(filters)}`;
    const [before] = cursor === undefined ? [] : this.cursors.decode(scope, cursor);
    const rows = await listDeliveries(
      this.database,
      webhook,
      {
        statuses: status,
        event,
        eventId: event_id === undefined ? undefined : eventUuid(event_id),
        test,
        since,
        until,
      },
      limit + 1,
      before,
    );
    const { items: deliveries, nextCursor } = toPage(rows, limit, this.cursors, scope, ({ id }) => [
      id,
    ]);
    const attempts =
      query.include === 'attempts'
        ? await listAttempts(
            this.database,
            deliveries.map(({ id }) => id),
          )
        : undefined;
    return {
      deliveries,
      attempts,
      nextCursor,
    };
  }

  /** @throws AppError not_found */
  async get(
    actor: Actor,
    webhookId: string,
    deliveryId: string,
  ): Promise<{ delivery: DeliveryRow; attempts: AttemptRow[] }> {
    const webhook = await findWebhook(this.database, actor, webhookId);
    const delivery = await getDelivery(this.database, webhook.id, deliveryId);
    return { delivery, attempts: await listAttempts(this.database, [delivery.id]) };
  }
}

function eventUuid(wireId: string): string {
  const uuid = decodeId('evt', wireId);
  if (uuid !== undefined) return uuid;
  throw new AppError('invalid_parameter', {
    detail: 'Correct the parameters named in errors.',
    errors: [{ pointer: '/event_id', code: 'invalid_format', message: 'Use an id evt_….' }],
  });
}
