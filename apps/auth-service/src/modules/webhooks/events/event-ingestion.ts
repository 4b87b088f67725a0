import { EventPublisher, type EventToPublish, type PublishedEvent } from '#libs/events';
import { AppError, Database, parseJson } from '#libs/foundation';
import { Injectable } from '@nestjs/common';

export type IngestedEvent = Omit<EventToPublish, 'data'> & {
  /** One JSON value as bytes; they are what is delivered. */
  data: Buffer;
};

/** Publishes events that other services and operators hand in. */
@Injectable()
export class EventIngestion {
  constructor(
    private readonly database: Database,
    private readonly publisher: EventPublisher,
  ) {}

  /** @throws AppError unknown_tenant, unknown_event, malformed_json, payload_too_large, dedupe_mismatch */
  async ingest(event: IngestedEvent): Promise<PublishedEvent> {
    parseJson(event.data);
    return this.database.transaction(async (transaction) => {
      const tenants = await transaction.execute(
        `SELECT FROM tenant WHERE id = $1 AND status = 'active'`,
        [event.tenantId],
      );
      if (tenants === 0)
        throw new AppError('unknown_tenant', { detail: 'There is no active tenant of this id.' });
      return this.publisher.publish(transaction, event);
    });
  }
}
