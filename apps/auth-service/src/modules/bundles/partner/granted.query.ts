import { AppError, type Sql } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { compareVersions, inVersionRange, type VariableRules } from '#libs/operations';

/** A version that an app may run, with its live operations. */
export interface GrantedVersion {
  bundle: string;
  version: string;
  title_de: string;
  title_en: string;
  workflow: string;
  description_de: string;
  description_en: string;
  status: 'approved' | 'deprecated';
  changelog: string;
  deprecated_at: Date | null;
  sunset_at: Date | null;
  valid_until: Date | null;
  operations: GrantedOperation[];
}

export interface GrantedOperation {
  name: string;
  kind: 'query' | 'mutation';
  document: string;
  doc_sha256: string;
  norm_sha256: string;
  norm_typename_sha256: string;
  required_scopes: string[];
  variable_rules: VariableRules;
  static_cost: number;
  timeout_ms: number;
  idempotent: boolean;
  sample: Record<string, unknown> | null;
}

interface Row extends GrantedVersion {
  version_range: string;
}

/**
 * What the app may run in the actor's tenant now, newest version of each bundle first: the same rule as the gateway's.
 * @throws AppError not_found for an app of another tenant and for one that holds no grant, alike
 */
export async function grantedVersions(
  sql: Sql,
  actor: Actor,
  clientId: string,
  now: Date,
): Promise<GrantedVersion[]> {
  const rows = await sql.query<Row>(
    `SELECT b.name AS bundle, v.version, b.title_de, b.title_en, w.key AS workflow, w.description_de, w.description_en,
       v.status, v.changelog, v.deprecated_at, v.sunset_at, g.valid_until, g.version_range,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('name', o.operation_name, 'kind', o.kind, 'document', o.document,
          'doc_sha256', o.doc_sha256, 'norm_sha256', o.norm_sha256, 'norm_typename_sha256', o.norm_typename_sha256,
          'required_scopes', o.required_scopes, 'variable_rules', o.variable_rules, 'static_cost', o.static_cost,
          'timeout_ms', o.timeout_ms, 'idempotent', o.idempotent, 'sample', o.sample) ORDER BY o.operation_name), '[]')
        FROM bundle_operation o WHERE o.version_id = v.id AND o.blocked_at IS NULL) AS operations
     FROM bundle_grant g
     JOIN platform_app a ON a.id = g.client_id AND a.tenant_id = $2 AND a.deleted_at IS NULL
     JOIN operation_bundle b ON b.id = g.bundle_id JOIN workflow w ON w.id = b.workflow_id
     JOIN bundle_version v ON v.bundle_id = b.id AND v.status IN ('approved', 'deprecated')
     WHERE g.client_id = $1 AND g.tenant_id = $2 AND g.status = 'active' AND g.valid_from <= $3
       AND (g.valid_until IS NULL OR g.valid_until > $3)`,
    [clientId, actor.tenantId, now],
  );
  const versions = new Map<string, GrantedVersion>();
  for (const row of rows) {
    if (!inVersionRange(row.version, row.version_range)) continue;
    versions.set(`${row.bundle}@${row.version}`, row);
  }
  if (versions.size === 0) throw new AppError('not_found');
  return [...versions.values()].sort(
    (a, b) => a.bundle.localeCompare(b.bundle) || compareVersions(b.version, a.version),
  );
}
