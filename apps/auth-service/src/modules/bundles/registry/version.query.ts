import { AppError, type Sql } from '#libs/foundation';
import type { HttpMapping, VariableRules } from '#libs/operations';
import type { VersionStatus } from './version-lifecycle.js';

export interface VersionRow {
  id: string;
  bundle_id: string;
  bundle: string;
  title_de: string;
  title_en: string;
  workflow: string;
  version: string;
  status: VersionStatus;
  schema_hash: string | null;
  content_hash: string;
  changelog: string;
  shipped: boolean;
  created_by: string;
  created_at: Date;
  submitted_at: Date | null;
  approved_by: string[];
  approved_at: Date | null;
  rejected_by: string | null;
  reject_reason: string | null;
  deprecated_at: Date | null;
  sunset_at: Date | null;
  retired_at: Date | null;
}

export interface OperationRow {
  id: string;
  version_id: string;
  operation_name: string;
  kind: 'query' | 'mutation';
  document: string;
  doc_sha256: string;
  required_scopes: string[];
  variable_rules: VariableRules;
  static_cost: number;
  max_response_bytes: number;
  timeout_ms: number;
  idempotent: boolean;
  upstream: string | null;
  mapping: HttpMapping | null;
  sample: Record<string, unknown> | null;
  blocked_at: Date | null;
}

const VERSION = `SELECT v.id, v.bundle_id, b.name AS bundle, b.title_de, b.title_en, w.key AS workflow, v.version, v.status,
    v.schema_hash, v.content_hash, v.changelog, v.shipped, v.created_by, v.created_at, v.submitted_at, v.approved_by,
    v.approved_at, v.rejected_by, v.reject_reason, v.deprecated_at, v.sunset_at, v.retired_at
  FROM bundle_version v JOIN operation_bundle b ON b.id = v.bundle_id JOIN workflow w ON w.id = b.workflow_id`;

/** Every version, newest bundle first. */
export async function listVersions(sql: Sql): Promise<VersionRow[]> {
  return sql.query<VersionRow>(`${VERSION} ORDER BY b.name, v.created_at DESC, v.id DESC`);
}

/** @throws AppError not_found */
export async function getVersion(sql: Sql, bundle: string, version: string): Promise<VersionRow> {
  const [row] = await sql.query<VersionRow>(`${VERSION} WHERE b.name = $1 AND v.version = $2`, [
    bundle,
    version,
  ]);
  if (!row) throw new AppError('not_found', { detail: 'There is no such bundle version.' });
  return row;
}

/** As `getVersion`, locked until the transaction ends. */
export async function lockVersion(sql: Sql, bundle: string, version: string): Promise<VersionRow> {
  await sql.query(
    `SELECT 1 FROM bundle_version v JOIN operation_bundle b ON b.id = v.bundle_id
     WHERE b.name = $1 AND v.version = $2 FOR UPDATE OF v`,
    [bundle, version],
  );
  return getVersion(sql, bundle, version);
}

export async function listOperations(
  sql: Sql,
  versionIds: readonly string[],
): Promise<OperationRow[]> {
  return sql.query<OperationRow>(
    `SELECT o.id, o.version_id, o.operation_name, o.kind, o.document, o.doc_sha256, o.required_scopes, o.variable_rules,
       o.static_cost, o.max_response_bytes, o.timeout_ms, o.idempotent, u.name AS upstream, o.mapping, o.sample, o.blocked_at
     FROM bundle_operation o LEFT JOIN upstream u ON u.id = o.upstream_id
     WHERE o.version_id = ANY ($1) ORDER BY o.operation_name`,
    [versionIds],
  );
}
