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

/**
 * Records attempts of any endpoints in one statement. Rows whose lease is no longer the caller's are left alone:
 * a worker that was stopped for longer than its lease must not overwrite what came after it.
 * @returns those that were recorded
 */
export async function recordAttempts(
  sql: Sql,
  records: readonly AttemptRecord[],
  now: Date,
): Promise<Set<AttemptRecord>> {
  const ids = records.map(({ deliveryId }) => deliveryId).sort();
  const rows = await sql.query<{ delivery_id: string; lease: string }>(
    {
      name: 'attempts_record',
      text: `
        WITH result AS (
          SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::int[], $6::text[],
            $7::smallint[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::int[], $13::boolean[], $14::text[],
            $15::text[], $16::smallint[], $17::smallint[], $18::timestamptz[])
            AS r (delivery_id, lease, n, started_at, duration_ms, outcome, code, url, remote_ip, resp, resp_headers,
              retry_after, truncated, key_ids, worker, status, reason, due_at)
        ), ended AS (
          DELETE FROM webhook_pending p USING result r
          WHERE p.delivery_id = r.delivery_id AND p.lease = r.lease AND r.due_at IS NULL
          RETURNING r.delivery_id, r.lease
        ), retried AS (
          UPDATE webhook_pending p SET lease = NULL, lease_until = NULL, due_at = r.due_at
          FROM result r
          WHERE p.delivery_id = r.delivery_id AND p.lease = r.lease AND r.due_at IS NOT NULL
          RETURNING r.delivery_id, r.lease
        ), ours AS (
          -- With the lease: two attempts of one delivery may meet here, and one of them has lost it.
          SELECT * FROM ended UNION ALL SELECT * FROM retried
        ), attempt AS (
          INSERT INTO webhook_attempt (delivery_id, n, started_at, duration_ms, outcome, code, url, remote_ip, resp,
            resp_headers, retry_after, truncated, key_ids, worker)
          SELECT r.delivery_id, n, started_at, duration_ms, outcome, code, url, remote_ip, resp, resp_headers::jsonb,
            retry_after, truncated, key_ids::uuid[], worker
          FROM result r JOIN ours USING (delivery_id, lease)
          ON CONFLICT (delivery_id, n) DO NOTHING
        ), delivery AS (
          UPDATE webhook_delivery d
          SET status = r.status, reason = r.reason, attempts = r.n, last_code = r.code, last_attempt_at = r.started_at,
            completed_at = CASE WHEN r.due_at IS NULL THEN $19::timestamptz END
          FROM result r JOIN ours USING (delivery_id, lease)
          -- The bounds let the planner leave out every other day's partition.
          WHERE d.id = r.delivery_id AND d.id >= $20 AND d.id <= $21
        )
        SELECT delivery_id, lease FROM ours`,
    },
    [...columns(records), now, ids[0], ids.at(-1)],
  );
  const ours = new Set(rows.map(({ delivery_id, lease }) => `${delivery_id} ${lease}`));
  return new Set(records.filter(({ deliveryId, lease }) => ours.has(`${deliveryId} ${lease}`)));
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
