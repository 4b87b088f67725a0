import type { Sql } from '#libs/foundation';

export interface AttemptRow {
  delivery_id: string;
  n: number;
  started_at: Date;
  duration_ms: number;
  outcome: string;
  code: number | null;
  url: string;
  resp: Buffer | null;
  resp_headers: Record<string, string> | null;
  retry_after: number | null;
  truncated: boolean;
  key_ids: string[];
}

/** The attempts of some deliveries, in their order. */
export async function listAttempts(
  sql: Sql,
  deliveryIds: readonly string[],
): Promise<AttemptRow[]> {
  if (deliveryIds.length === 0) return [];
  return sql.query<AttemptRow>(
    `SELECT delivery_id, n, started_at, duration_ms, outcome, code, url, resp, resp_headers, retry_after, truncated,
       key_ids
     FROM webhook_attempt WHERE delivery_id = ANY ($1) ORDER BY delivery_id, n`,
    [deliveryIds],
  );
}
