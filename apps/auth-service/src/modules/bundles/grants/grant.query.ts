import { AppError, type Sql } from '#libs/foundation';

export type GrantStatus = 'active' | 'suspended' | 'revoked' | 'expired';

export interface GrantRow {
  id: string;
  client_id: string;
  tenant_id: string;
  bundle: string;
  version_range: string;
  status: GrantStatus;
  valid_from: Date;
  valid_until: Date | null;
  request_id: string | null;
  cost_burst: number | null;
  cost_per_second: number | null;
  granted_by: string;
  created_at: Date;
}

const GRANT = `SELECT g.id, g.client_id, g.tenant_id, b.name AS bundle, g.version_range, g.status, g.valid_from, g.valid_until,
    g.request_id, g.cost_burst, g.cost_per_second, g.granted_by, g.created_at
  FROM bundle_grant g JOIN operation_bundle b ON b.id = g.bundle_id`;

/** Newest first, at most 1,000. */
export async function listGrants(
  sql: Sql,
  filter: { client_id?: string | undefined; bundle?: string | undefined },
): Promise<GrantRow[]> {
  return sql.query<GrantRow>(
    `${GRANT} WHERE ($1::text IS NULL OR g.client_id = $1) AND ($2::text IS NULL OR b.name = $2)
     ORDER BY g.created_at DESC, g.id DESC LIMIT 1000`,
    [filter.client_id ?? null, filter.bundle ?? null],
  );
}

/** An app's grants of a bundle, suspended ones too, whose time and the given period meet. */
export async function grantsInForce(
  sql: Sql,
  {
    clientId,
    bundleId,
    period,
  }: { clientId: string; bundleId: string; period: { from: Date; until: Date | undefined } },
): Promise<GrantRow[]> {
  return sql.query<GrantRow>(
    `${GRANT} WHERE g.client_id = $1 AND g.bundle_id = $2 AND g.status IN ('active', 'suspended')
       AND (g.valid_until IS NULL OR g.valid_until > $3) AND ($4::timestamptz IS NULL OR g.valid_from < $4)
     ORDER BY g.created_at, g.id`,
    [clientId, bundleId, period.from, period.until ?? null],
  );
}

/** @throws AppError not_found */
export async function getGrant(sql: Sql, id: string): Promise<GrantRow> {
  const [row] = await sql.query<GrantRow>(`${GRANT} WHERE g.id = $1`, [id]);
  if (!row) throw new AppError('not_found', { detail: 'There is no such grant.' });
  return row;
}
