import type { SecretBox, Sql } from '#libs/foundation';
import { upstreamSchema } from '#libs/operations';
import type { Upstream } from './upstream.js';

interface Row {
  id: string;
  name: string;
  kind: 'graphql' | 'http';
  base_url: string;
  schema_sdl: string;
  credential: Buffer | null;
  header_allow_list: string[];
  allow_cidrs: string[];
  timeout_ms: number;
  max_response_bytes: number;
  breaker_failures: number;
  breaker_open_ms: number;
  stamp: string;
}

/** An upstream with what tells one state of its row from another. */
export interface StampedUpstream {
  stamp: string;
  open: () => Upstream;
}

/** Every registered upstream by id; parsed and unsealed only when it is opened. */
export async function readUpstreams(
  sql: Sql,
  box: SecretBox,
): Promise<ReadonlyMap<string, StampedUpstream>> {
  const rows = await sql.query<Row>({
    name: 'snapshot_upstreams',
    text: `SELECT id, name, kind, base_url, schema_sdl, credential, header_allow_list, allow_cidrs, timeout_ms,
             max_response_bytes, breaker_failures, breaker_open_ms, md5(upstream::text) AS stamp
           FROM upstream`,
  });
  return new Map(rows.map((row) => [row.id, { stamp: row.stamp, open: () => open(row, box) }]));
}

function open(row: Row, box: SecretBox): Upstream {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    baseUrl: row.base_url.replace(/\/+$/, ''),
    schema: upstreamSchema(row.schema_sdl),
    credential: row.credential
      ? box.open(row.credential, `upstream:${row.id}`).toString()
      : undefined,
    headerAllowList: row.header_allow_list,
    allowCidrs: row.allow_cidrs,
    timeoutMs: row.timeout_ms,
    maxResponseBytes: row.max_response_bytes,
    breakerFailures: row.breaker_failures,
    breakerOpenMs: row.breaker_open_ms,
  };
}
