import { variableRulesSchema } from '#libs/operations';
import { z } from 'zod';
import type { GrantedOperation, GrantedVersion } from './granted.query.js';

const bilingual = z.strictObject({ de: z.string(), en: z.string() });

const bundleSummary = z.strictObject({
  name: z.string(),
  version: z.string(),
  status: z.enum(['approved', 'deprecated']),
  title: bilingual,
  workflow: z.string(),
  description: bilingual,
  operations: z.array(z.string()),
  deprecated_at: z.string().nullable(),
  sunset_at: z.string().nullable(),
  /** When the grant ends; null: it does not. */
  valid_until: z.string().nullable(),
});

export const operationBundlesResponse = z.strictObject({
  operation_bundles: z.array(bundleSummary),
});

const operation = z.strictObject({
  name: z.string(),
  kind: z.enum(['query', 'mutation']),
  /** What `documentId` takes. */
  document_id: z.string(),
  /** The same by name. */
  document_name: z.string(),
  document: z.string(),
  required_scopes: z.array(z.string()),
  variable_rules: variableRulesSchema,
  cost: z.number(),
  timeout_ms: z.number(),
  idempotent: z.boolean(),
  sample_variables: z.record(z.string(), z.unknown()).nullable(),
});

export const operationBundleResponse = bundleSummary.extend({
  changelog: z.string(),
  operations: z.array(operation),
});

/** Apollo's persisted query manifest, as its own tools write it. */
export const apolloManifest = z.strictObject({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      type: z.enum(['query', 'mutation']),
      body: z.string(),
    }),
  ),
});

export const relayManifest = z.record(z.string(), z.string());

/** A manifest that a partner's build has made; only names and texts matter. */
export const checkBody = z.object({
  operations: z
    .array(z.object({ name: z.string().max(200), body: z.string().max(16_384) }))
    .min(1)
    .max(200),
});

export const checkResponse = z.strictObject({
  operations: z.array(
    z.strictObject({
      name: z.string(),
      matches: z.boolean(),
      bundle: z.string().nullable(),
      version: z.string().nullable(),
      document_id: z.string().nullable(),
    }),
  ),
});

export function toSummary(version: GrantedVersion): z.output<typeof bundleSummary> {
  return {
    name: version.bundle,
    version: version.version,
    status: version.status,
    title: { de: version.title_de, en: version.title_en },
    workflow: version.workflow,
    description: { de: version.description_de, en: version.description_en },
    operations: version.operations.map(({ name }) => name),
    deprecated_at: version.deprecated_at?.toISOString() ?? null,
    sunset_at: version.sunset_at?.toISOString() ?? null,
    valid_until: version.valid_until?.toISOString() ?? null,
  };
}

export function toBundle(version: GrantedVersion): z.output<typeof operationBundleResponse> {
  return {
    ...toSummary(version),
    changelog: version.changelog,
    operations: version.operations.map((granted) => toOperation(version, granted)),
  };
}

function toOperation(
  { bundle, version }: GrantedVersion,
  granted: GrantedOperation,
): z.output<typeof operation> {
  return {
    name: granted.name,
    kind: granted.kind,
    document_id: documentId(granted),
    document_name: `x-knogin:${bundle}@${version}/${granted.name}`,
    document: granted.document,
    required_scopes: granted.required_scopes,
    variable_rules: granted.variable_rules,
    cost: granted.static_cost,
    timeout_ms: granted.timeout_ms,
    idempotent: granted.idempotent,
    sample_variables: granted.sample,
  };
}

export function toApolloManifest({ operations }: GrantedVersion): z.output<typeof apolloManifest> {
  return {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: operations.map(({ doc_sha256: id, name, kind: type, document: body }) => ({
      id,
      name,
      type,
      body,
    })),
  };
}

export function toRelayManifest({ operations }: GrantedVersion): Record<string, string> {
  return Object.fromEntries(operations.map((granted) => [documentId(granted), granted.document]));
}

export function documentId({ doc_sha256: digest }: Pick<GrantedOperation, 'doc_sha256'>): string {
  return `sha256:${digest}`;
}
