import { createHash } from 'node:crypto';
import { uuidV7 } from '#libs/foundation';

/**
 * The id of the delivery of an event to a webhook: the same whenever it is computed, so that a fan-out that runs
 * twice inserts once. No unique index could say so across partitions.
 * @param atMs when the event was published, or the replay created; never the caller's `occurred_at`
 * @param nonce tells replays apart; empty for the event's own delivery
 */
export function deliveryId(atMs: number, eventId: string, webhookId: string, nonce = ''): string {
  const digest = createHash('sha256').update(`${eventId}|${webhookId}|${nonce}`).digest();
  return uuidV7(atMs, digest);
}
