import { createHash } from 'node:crypto';
import { AppError, Clock, encodeId, Ids, type Sql, uuidTime } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { claimDedupeKey } from './dedupe.js';
import { MAX_ENVELOPE_BYTES, writeEnvelope } from './envelope.js';
import { checkData, findEventType, onlyIds } from './event-catalogue.js';

export interface EventToPublish {
  tenantId: string;
  /** Who publishes: dedupe keys of different producers are strangers. */
  producer: string;
  /** Only webhooks of this app (`app_…`) get the event. */
  appFilter?: string;
  type: string;
  /** Serialised once, or one JSON value as bytes that are kept verbatim. */
  data: unknown;
  /** Milliseconds since the epoch; now unless told. */
  occurredAtMs?: number;
  /** Within seven days the same key with the same content publishes once. */
  dedupeKey?: string;
}

export interface PublishedEvent {
  /** `evt_…` */
  id: string;
  /** The dedupe key was seen before: the id is that of the first event. */
  duplicate: boolean;
}

/** Publishes events into the outbox, in the transaction of the change they tell of. */
@Injectable()
export class EventPublisher {
  constructor(
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /**
   * As publish, for events that tell of something that happens all the same: where operators have withdrawn the type
   * from the tenant, nobody is told.
   */
  async publishIfKnown(transaction: Sql, event: EventToPublish): Promise<void> {
    if (await findEventType(transaction, event.tenantId, event.type))
      await this.publish(transaction, event);
  }

  /**
   * Nothing is sent before the transaction commits, and nothing if it rolls back.
   * @throws AppError unknown_event, validation_failed, payload_too_large, dedupe_mismatch
   */
  async publish(transaction: Sql, event: EventToPublish): Promise<PublishedEvent> {
    const type = await findEventType(transaction, event.tenantId, event.type);
    if (!type) {
      throw new AppError('unknown_event', {
        detail: 'No event type of this name is published to the tenant.',
      });
    }
    const data = toBytes(type.thin ? onlyIds(toValue(event.data)) : event.data);
    checkData(type, type.schema ? toValue(event.data) : undefined);

    const uuid = this.ids.uuid();
    const id = encodeId('evt', uuid);
    const createdAt = new Date(uuidTime(uuid));
    const occurredAtMs = event.occurredAtMs ?? createdAt.getTime();
    const body = writeEnvelope(
      { id, type: event.type, occurredAtMs, tenantId: event.tenantId },
      data,
    );
    if (body.length > MAX_ENVELOPE_BYTES) {
      throw new AppError('payload_too_large', {
        detail: `An event has at most ${MAX_ENVELOPE_BYTES} bytes, its envelope included.`,
      });
    }
    if (event.dedupeKey !== undefined) {
      const first = await claimDedupeKey(transaction, {
        tenantId: event.tenantId,
        producer: event.producer,
        key: event.dedupeKey,
        bodyHash: contentHash(event, data),
        eventId: uuid,
        nowMs: this.clock.now(),
      });
      if (first !== uuid) return { id: encodeId('evt', first), duplicate: true };
    }
    await transaction.execute(
      {
        name: 'event_outbox_insert',
        text: `INSERT INTO event_outbox (id, tenant_id, producer, type, occurred_at, created_at, app_filter, body)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      },
      [
        uuid,
        event.tenantId,
        event.producer,
        event.type,
        new Date(occurredAtMs),
        createdAt,
        event.appFilter ?? null,
        body,
      ],
    );
    return { id, duplicate: false };
  }
}

function toBytes(data: unknown): Buffer {
  // JSON.stringify escapes lone surrogates, so that what it writes is always valid UTF-8.
  return Buffer.isBuffer(data) ? data : Buffer.from(JSON.stringify(data ?? null));
}

function toValue(data: unknown): unknown {
  return Buffer.isBuffer(data) ? (JSON.parse(data.toString()) as unknown) : data;
}

/** Of what the caller said; not of the envelope, which carries a fresh id and, by default, the time of the call. */
function contentHash(event: EventToPublish, data: Buffer): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([event.type, event.appFilter ?? null, event.occurredAtMs ?? null]))
    .update(data)
    .digest();
}
