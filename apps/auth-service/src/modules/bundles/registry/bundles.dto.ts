import { bundleManifestSchema, variableRulesSchema } from '#libs/operations';
import { z } from 'zod';
import type { OperationRow, VersionRow } from './version.query.js';
import type { UsageRow } from './usage.query.js';

/** A bundle as its folder holds it: the manifest, and the documents by operation name. */
export const createVersionBody = z
  .strictObject({
    manifest: bundleManifestSchema,
    documents: z.record(z.string().max(100), z.string().max(16_384)),
  })
  .superRefine(({ manifest, documents }, context) => {
    const report = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    for (const name of Object.keys(manifest.operations)) {
      if (!Object.hasOwn(documents, name)) report(['documents', name], 'The document is missing.');
    }
    for (const name of Object.keys(documents)) {
      if (Object.hasOwn(manifest.operations, name)) continue;
      report(['manifest', 'operations', name], 'The manifest says nothing of this document.');
    }
  });

export type CreateVersionBody = z.output<typeof createVersionBody>;

export const rejectBody = z.strictObject({ reason: z.string().trim().min(1).max(1_000) });

export const deprecateBody = z.strictObject({
  sunset_at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

const time = z.string().nullable();

export const versionResponse = z.strictObject({
  id: z.string(),
  bundle: z.string(),
  version: z.string(),
  title: z.strictObject({ de: z.string(), en: z.string() }),
  workflow: z.string(),
  status: z.enum(['draft', 'in_review', 'approved', 'deprecated', 'retired', 'rejected']),
  changelog: z.string(),
  shipped: z.boolean(),
  content_hash: z.string(),
  schema_hash: z.string().nullable(),
  created_by: z.string(),
  created_at: z.string(),
  submitted_at: time,
  approved_by: z.array(z.string()),
  approved_at: time,
  rejected_by: z.string().nullable(),
  reject_reason: z.string().nullable(),
  deprecated_at: time,
  sunset_at: time,
  retired_at: time,
});

export type VersionResponse = z.output<typeof versionResponse>;

export const versionsResponse = z.strictObject({ versions: z.array(versionResponse) });

const operationResponse = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['query', 'mutation']),
  document: z.string(),
  document_id: z.string(),
  required_scopes: z.array(z.string()),
  variable_rules: variableRulesSchema,
  static_cost: z.number(),
  max_response_bytes: z.number(),
  timeout_ms: z.number(),
  idempotent: z.boolean(),
  upstream: z.string().nullable(),
  blocked_at: time,
});

export const versionDetailResponse = versionResponse.extend({
  operations: z.array(operationResponse),
});

export const usageResponse = z.strictObject({
  usage: z.array(
    z.strictObject({
      operation: z.string(),
      client_id: z.string(),
      tenant_id: z.string(),
      requests: z.number(),
      failures: z.number(),
      cost: z.number(),
      last_used_at: z.string(),
    }),
  ),
});

export function toVersion(row: VersionRow): VersionResponse {
  return {
    id: row.id,
    bundle: row.bundle,
    version: row.version,
    title: { de: row.title_de, en: row.title_en },
    workflow: row.workflow,
    status: row.status,
    changelog: row.changelog,
    shipped: row.shipped,
    content_hash: row.content_hash,
    schema_hash: row.schema_hash,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    submitted_at: row.submitted_at?.toISOString() ?? null,
    approved_by: row.approved_by,
    approved_at: row.approved_at?.toISOString() ?? null,
    rejected_by: row.rejected_by,
    reject_reason: row.reject_reason,
    deprecated_at: row.deprecated_at?.toISOString() ?? null,
    sunset_at: row.sunset_at?.toISOString() ?? null,
    retired_at: row.retired_at?.toISOString() ?? null,
  };
}

export function toOperation(row: OperationRow): z.output<typeof operationResponse> {
  return {
    id: row.id,
    name: row.operation_name,
    kind: row.kind,
    document: row.document,
    document_id: `sha256:${row.doc_sha256}`,
    required_scopes: row.required_scopes,
    variable_rules: row.variable_rules,
    static_cost: row.static_cost,
    max_response_bytes: row.max_response_bytes,
    timeout_ms: row.timeout_ms,
    idempotent: row.idempotent,
    upstream: row.upstream,
    blocked_at: row.blocked_at?.toISOString() ?? null,
  };
}

export function toUsage(row: UsageRow): z.output<typeof usageResponse>['usage'][number] {
  const { operation_name: operation, last_used_at: usedAt, ...counts } = row;
  return { operation, ...counts, last_used_at: usedAt.toISOString() };
}
