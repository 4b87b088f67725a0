import { AppError, type Sql } from '#libs/foundation';

const LIFETIME_MS = 7 * 24 * 3_600_000;

export interface DedupeClaim {
  tenantId: string;
  producer: string;
  key: string;
  bodyHash: Buffer;
  /** UUID of the event that is to be published under the key. */
  eventId: string;
  nowMs: number;
}

/**
 * Takes a dedupe key for an event, or finds who holds it. A concurrent publisher of the same key waits here for
 * the first one's commit.
 * @returns the UUID of the event that has the key: the claimed one, or the first
 * @throws AppError dedupe_mismatch when the first had another content
 */
export async function claimDedupeKey(transaction: Sql, claim: DedupeClaim): Promise<string> {
  const { tenantId, producer, key, bodyHash, eventId, nowMs } = claim;
  const [row] = await transaction.query<{ event_id: string; same: boolean }>(
    {
      name: 'event_dedupe_claim',
      text: `
        INSERT INTO event_dedupe AS held (tenant_id, producer, key, body_hash, event_id, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, producer, key) DO UPDATE SET
          body_hash = CASE WHEN held.expires_at <= $7 THEN excluded.body_hash ELSE held.body_hash END,
          event_id = CASE WHEN held.expires_at <= $7 THEN excluded.event_id ELSE held.event_id END,
          expires_at = CASE WHEN held.expires_at <= $7 THEN excluded.expires_at ELSE held.expires_at END
        RETURNING event_id, body_hash = $4 AS same`,
    },
    [tenantId, producer, key, bodyHash, eventId, new Date(nowMs + LIFETIME_MS), new Date(nowMs)],
  );
  if (!row) throw new Error('an upsert returns its row');
  if (!row.same) {
    throw new AppError('dedupe_mismatch', {
      detail: 'Within seven days a dedupe key stands for one event; take another key.',
    });
  }
  return row.event_id;
}
