import type { Sql } from '#libs/foundation';

/**
 * Subscribes a webhook to event types; they are shown in this order. It gets what is published from now on: a type that
 * it had already keeps its time.
 */
export async function subscribe(
  transaction: Sql,
  webhookId: string,
  events: readonly string[],
  now: Date,
): Promise<void> {
  await transaction.execute(
    `INSERT INTO webhook_event_sub (webhook_id, event_type, position, since)
     SELECT $1, type, place, $3 FROM unnest($2::text[]) WITH ORDINALITY AS sent (type, place)
     ON CONFLICT (webhook_id, event_type) DO UPDATE SET position = EXCLUDED.position`,
    [webhookId, events, now],
  );
}
