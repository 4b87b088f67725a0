import type { Sql } from '#libs/foundation';

/** One attempt and what it means for its delivery. */
export interface AttemptRecord {
  deliveryId: string;
  lease: string;
  number: number;
  startedAt: Date;
  durationMs: number;
  /** `succeeded`, or the class of the error. */
  outcome: string;
  responseStatus: number | null;
  url: string;
  remoteIp: string | null;
  responseBody: Buffer | null;
  responseHeaders: Readonly<Record<string, string>>;
  retryAfterSeconds: number | null;
  truncated: boolean;
  keyIds: readonly string[];
  worker: string;
  /** Of `delivery-codes.ts`. */
  status: number;
  reason: number | null;
  /** When the next attempt is due; null ends the delivery. */
  dueAt: Date | null;
}

/** What became of records; of those in neither set, the lease was lost. */
export interface Recorded {
  recorded: ReadonlySet<AttemptRecord>;
  /** Their rows are locked by somebody else at the moment. */
  locked: ReadonlySet<AttemptRecord>;
}

/**
 * Records attempts of any endpoints in one statement. Rows whose lease is no longer the caller's are left alone:
 * a worker that was stopped for longer than its lease must not overwrite what came after it. Waits for nobody's lock:
 * the results of others are in the same statement.
 */
export async function recordAttempts(
  sql: Sql,
  records: readonly AttemptRecord[],
  now: Date,
): Promise<Recorded> {
  const ids = records.map(({ deliveryId }) => deliveryId).sort();
  const rows = await sql.query<LeasedRow>(
    {
      name: 'attempts_record',
      text: `
        WITH result AS (
          SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::int[], $6::text[],
            $7::smallint[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::int[], $13::boolean[], $14::text[],
            $15::text[], $16::smallint[], $17::smallint[], $18::timestamptz[])
            AS r (delivery_id, lease, n, started_at, duration_ms, outcome, code, url, remote_ip, resp, resp_headers,
              retry_after, truncated, key_ids, worker, status, reason, due_at)
        ), held AS MATERIALIZED (
          -- With the lease: two attempts of one delivery may meet here, and one of them has lost it.
          SELECT p.delivery_id, p.lease, r.due_at FROM webhook_pending p JOIN result r USING (delivery_id, lease)
          ORDER BY p.delivery_id FOR UPDATE OF p SKIP LOCKED
        ), ended AS (
          DELETE FROM webhook_pending p USING held h WHERE p.delivery_id = h.delivery_id AND h.due_at IS NULL
        ), retried AS (
          UPDATE webhook_pending p SET lease = NULL, lease_until = NULL, due_at = h.due_at
          FROM held h WHERE p.delivery_id = h.delivery_id AND h.due_at IS NOT NULL
        ), attempt AS (
          INSERT INTO webhook_attempt (delivery_id, n, started_at, duration_ms, outcome, code, url, remote_ip, resp,
            resp_headers, retry_after, truncated, key_ids, worker)
          SELECT r.delivery_id, n, started_at, duration_ms, outcome, code, url, remote_ip, resp, resp_headers::jsonb,
            retry_after, truncated, key_ids::uuid[], worker
          FROM result r JOIN held USING (delivery_id, lease)
          ON CONFLICT (delivery_id, n) DO NOTHING
        ), delivery AS (
          UPDATE webhook_delivery d
          SET status = r.status, reason = r.reason, attempts = r.n, last_code = r.code, last_attempt_at = r.started_at,
            completed_at = CASE WHEN r.due_at IS NULL THEN $19::timestamptz END
          FROM result r JOIN held USING (delivery_id, lease)
          -- The bounds let the planner leave out every other day's partition.
          WHERE d.id = r.delivery_id AND d.id >= $20 AND d.id <= $21
        )
        SELECT delivery_id, lease FROM held`,
    },
    [...columns(records), now, ids[0], ids.at(-1)],
  );
  const recorded = among(records, rows);
  const others = records.filter((record) => !recorded.has(record));
  if (others.length === 0) return { recorded, locked: new Set() };
  const locked = await sql.query<LeasedRow>(
    `SELECT delivery_id, lease FROM webhook_pending
     WHERE (delivery_id, lease) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))`,
    [others.map(({ deliveryId }) => deliveryId), others.map(({ lease }) => lease)],
  );
  return { recorded, locked: among(others, locked) };
}

interface LeasedRow {
  delivery_id: string;
  lease: string;
}

function among(
  records: readonly AttemptRecord[],
  rows: readonly LeasedRow[],
): ReadonlySet<AttemptRecord> {
  const keys = new Set(rows.map(({ delivery_id, lease }) => `${delivery_id} ${lease}`));
  return new Set(records.filter(({ deliveryId, lease }) => keys.has(`${deliveryId} ${lease}`)));
}

function columns(records: readonly AttemptRecord[]): unknown[] {
  return [
    records.map(({ deliveryId }) => deliveryId),
    records.map(({ lease }) => lease),
    records.map(({ number }) => number),
    records.map(({ startedAt }) => startedAt),
    records.map(({ durationMs }) => Math.round(durationMs)),
    records.map(({ outcome }) => outcome),
    records.map(({ responseStatus }) => responseStatus),
    records.map(({ url }) => url),
    records.map(({ remoteIp }) => remoteIp),
    records.map(({ responseBody }) => responseBody),
    records.map(({ responseHeaders }) => JSON.stringify(responseHeaders)),
    records.map(({ retryAfterSeconds }) => retryAfterSeconds),
    records.map(({ truncated }) => truncated),
    records.map(({ keyIds }) => `{${keyIds.join(',')}}`),
    records.map(({ worker }) => worker),
    records.map(({ status }) => status),
    records.map(({ reason }) => reason),
    records.map(({ dueAt }) => dueAt),
  ];
}
