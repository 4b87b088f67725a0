import { EventPublisher, type EventToPublish, type PublishedEvent } from '#libs/events';
import { AppError, Database, parseJson, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';

export type IngestedEvent = Omit<EventToPublish, 'data'> & {
  /** One JSON object as bytes; they are what is delivered. */
  data: Buffer;
};

/** Publishes events that other services and operators hand in. */
@Injectable()
export class EventIngestion {
  constructor(
    private readonly database: Database,
    private readonly publisher: EventPublisher,
  ) {}

  /** @throws AppError unknown_tenant, validation_failed for data that are no object or an app of another tenant, unknown_event, malformed_json, payload_too_large, dedupe_mismatch */
  async ingest(event: IngestedEvent): Promise<PublishedEvent> {
    assertObject(parseJson(event.data));
    return this.database.transaction(async (transaction) => {
      const tenants = await transaction.execute(
        `SELECT FROM tenant WHERE id = $1 AND status = 'active'`,
        [event.tenantId],
      );
      if (tenants === 0)
        throw new AppError('unknown_tenant', { detail: 'There is no active tenant of this id.' });
      if (event.appFilter !== undefined)
        await assertAppOf(transaction, event.tenantId, event.appFilter);
      return this.publisher.publish(transaction, event);
    });
  }
}

function assertObject(data: unknown): void {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return;
  const message = 'The data of an event are a JSON object.';
  const errors = [{ pointer: '/data', code: 'invalid_type', message }];
  throw new AppError('validation_failed', { detail: message, errors });
}

async function assertAppOf(transaction: Sql, tenantId: string, appId: string): Promise<void> {
  const apps = await transaction.execute(
    'SELECT FROM platform_app WHERE id = $1 AND tenant_id = $2 AND deleted_at IS NULL',
    [appId, tenantId],
  );
  if (apps > 0) return;
  const message = 'The tenant has no app of this id.';
  const errors = [{ pointer: '/app_id', code: 'unknown_app', message }];
  throw new AppError('validation_failed', { detail: message, errors });
}
