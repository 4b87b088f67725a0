import type { Ids, Transaction } from '#libs/foundation';
import {
  type ApprovedOperation,
  type BundleManifest,
  type BundleSource,
  OPERATION_DEFAULTS,
  contentHash,
} from '#libs/operations';

/** A version before its first operation is stored: always a draft, because only a draft takes operations. */
export interface VersionDraft {
  source: BundleSource;
  operations: readonly ApprovedOperation[];
  createdBy: string;
  shipped: boolean;
  now: Date;
  /** Ids of upstreams by name, for those that the manifest names. */
  upstreamIds: ReadonlyMap<string, string>;
}

export interface StoredVersion {
  versionId: string;
  bundleId: string;
}

/** Writes workflow, bundle, version and operations. The version's name must be free. */
export async function storeVersion(
  sql: Transaction,
  ids: Ids,
  draft: VersionDraft,
): Promise<StoredVersion> {
  const { manifest } = draft.source;
  const workflowId = await ensureWorkflow(sql, ids, manifest, draft.now);
  const bundleId = await ensureBundle(sql, ids, manifest, workflowId, draft.now);
  const versionId = ids.create('bdv');
  await sql.execute(
    `INSERT INTO bundle_version (id, bundle_id, version, status, content_hash, changelog, shipped, created_by, created_at)
     VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8)`,
    [
      versionId,
      bundleId,
      manifest.version,
      contentHash(draft.source),
      manifest.changelog,
      draft.shipped,
      draft.createdBy,
      draft.now,
    ],
  );
  for (const operation of draft.operations) {
    await storeOperation(sql, ids.create('bop'), versionId, operation, draft);
  }
  return { versionId, bundleId };
}

async function ensureWorkflow(
  sql: Transaction,
  ids: Ids,
  { workflow }: BundleManifest,
  now: Date,
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO workflow (id, key, title_de, title_en, description_de, description_en, owner_team, data_classification, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (key) DO UPDATE SET title_de = EXCLUDED.title_de, title_en = EXCLUDED.title_en,
       description_de = EXCLUDED.description_de, description_en = EXCLUDED.description_en,
       owner_team = EXCLUDED.owner_team, data_classification = EXCLUDED.data_classification
     RETURNING id`,
    [
      ids.create('wfl'),
      workflow.key,
      workflow.title.de,
      workflow.title.en,
      workflow.description.de,
      workflow.description.en,
      workflow.owner_team,
      workflow.data_classification,
      now,
    ],
  );
  return idOf(row);
}

async function ensureBundle(
  sql: Transaction,
  ids: Ids,
  { name, title }: BundleManifest,
  workflowId: string,
  now: Date,
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO operation_bundle (id, workflow_id, name, title_de, title_en, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (name) DO UPDATE SET workflow_id = EXCLUDED.workflow_id, title_de = EXCLUDED.title_de,
       title_en = EXCLUDED.title_en
     RETURNING id`,
    [ids.create('bdl'), workflowId, name, title.de, title.en, now],
  );
  return idOf(row);
}

async function storeOperation(
  sql: Transaction,
  id: string,
  versionId: string,
  operation: ApprovedOperation,
  { source, upstreamIds }: VersionDraft,
): Promise<void> {
  const settings = source.manifest.operations[operation.name];
  const upstream = settings?.upstream;
  await sql.execute(
    `INSERT INTO bundle_operation (id, version_id, operation_name, kind, document, doc_sha256, norm_sha256,
       norm_typename_sha256, required_scopes, variable_rules, static_cost, max_response_bytes, timeout_ms, idempotent,
       upstream_id, mapping, sample)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      id,
      versionId,
      operation.name,
      operation.kind,
      operation.text,
      operation.docSha256,
      operation.normSha256,
      operation.normTypenameSha256,
      operation.requiredScopes,
      JSON.stringify(operation.rules),
      operation.cost.staticCost,
      settings?.max_response_bytes ?? OPERATION_DEFAULTS.maxResponseBytes,
      settings?.timeout_ms ?? OPERATION_DEFAULTS.timeoutMs,
      settings?.idempotent ?? operation.kind === 'query',
      upstream === undefined ? null : (upstreamIds.get(upstream) ?? null),
      settings?.mapping ? JSON.stringify(settings.mapping) : null,
      settings?.sample ? JSON.stringify(settings.sample) : null,
    ],
  );
}

function idOf(row: { id: string } | undefined): string {
  if (!row) throw new Error('the statement returns a row');
  return row.id;
}
