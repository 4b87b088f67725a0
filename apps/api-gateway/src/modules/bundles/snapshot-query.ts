import type { Sql } from '#libs/foundation';
import type { HttpMapping, VariableRules } from '#libs/operations';

export interface OperationRow {
  id: string;
  bundle_id: string;
  bundle: string;
  version: string;
  deprecated_at: Date | null;
  sunset_at: Date | null;
  operation_name: string;
  document: string;
  required_scopes: string[];
  variable_rules: VariableRules;
  max_response_bytes: number;
  timeout_ms: number;
  idempotent: boolean;
  upstream_id: string | null;
  mapping: HttpMapping | null;
}

export interface GrantRow {
  id: string;
  client_id: string;
  tenant_id: string;
  bundle_id: string;
  version_range: string;
  valid_from: Date;
  valid_until: Date | null;
  cost_burst: number | null;
  cost_per_second: number | null;
}

/** Everything that may run: operations of approved and deprecated versions that no one has blocked. */
export async function readOperations(sql: Sql): Promise<OperationRow[]> {
  return sql.query<OperationRow>({
    name: 'snapshot_operations',
    text: `SELECT o.id, v.bundle_id, b.name AS bundle, v.version, v.deprecated_at, v.sunset_at, o.operation_name, o.document,
         o.required_scopes, o.variable_rules, o.max_response_bytes, o.timeout_ms, o.idempotent, o.upstream_id, o.mapping
       FROM bundle_operation o
       JOIN bundle_version v ON v.id = o.version_id
       JOIN operation_bundle b ON b.id = v.bundle_id
       WHERE v.status IN ('approved', 'deprecated') AND o.blocked_at IS NULL
       ORDER BY o.id`,
  });
}

/** Who may run it: live grants of active apps in active tenants. Whether a grant is in its time is judged at use. */
export async function readGrants(sql: Sql, now: Date): Promise<GrantRow[]> {
  return sql.query<GrantRow>(
    {
      name: 'snapshot_grants',
      text: `SELECT g.id, g.client_id, g.tenant_id, g.bundle_id, g.version_range, g.valid_from, g.valid_until, g.cost_burst,
           g.cost_per_second
         FROM bundle_grant g
         JOIN platform_app a ON a.id = g.client_id AND a.status = 'active' AND a.deleted_at IS NULL
         JOIN tenant t ON t.id = g.tenant_id AND t.status = 'active'
         WHERE g.status = 'active' AND (g.valid_until IS NULL OR g.valid_until > $1)`,
    },
    [now],
  );
}
