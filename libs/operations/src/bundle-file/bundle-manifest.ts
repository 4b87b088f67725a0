import { z } from 'zod';
import { variableRulesSchema } from '../rules/variable-rule.js';

const slug = z
  .string()
  .regex(
    /^[a-z0-9](-?[a-z0-9]){0,62}$/,
    'Use up to 63 lower-case letters, digits and single hyphens.',
  );
const bilingual = z.strictObject({
  de: z.string().min(1).max(500),
  en: z.string().min(1).max(500),
});

/** Where an upstream of kind `http` gets its request from and its answer goes (graphql.md section 8). */
export const httpMappingSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** `/v1/things/{id}`: each `{path}` is a variable path, percent-encoded as one segment or query value. */
  path: z
    .string()
    .max(1_000)
    .regex(/^\/(?!\/)[^\s#\\]*$/),
  /** The JSON body: members of the request by variable path. */
  body: z.record(z.string().max(100), z.string().max(200)).optional(),
  /** JSON Pointers (RFC 6901) into the answer by response key of the operation's root fields. */
  result: z.record(z.string().max(100), z.string().max(500)),
});

export type HttpMapping = z.infer<typeof httpMappingSchema>;

const operationSchema = z.strictObject({
  variable_rules: variableRulesSchema.default({}),
  required_scopes: z.array(z.string().max(64)).max(50).optional(),
  timeout_ms: z.int().min(1).max(30_000).optional(),
  max_response_bytes: z
    .int()
    .min(1)
    .max(16 * 1024 * 1024)
    .optional(),
  idempotent: z.boolean().optional(),
  /** Name of a registered upstream; absent: the gateway's own resolvers. */
  upstream: slug.optional(),
  mapping: httpMappingSchema.optional(),
  /** Variables that a partner can start from. */
  sample: z.record(z.string(), z.unknown()).optional(),
});

export type ManifestOperation = z.infer<typeof operationSchema>;

/** `bundle.json`: everything about a version but the documents, which stand beside it as `.graphql` files. */
export const bundleManifestSchema = z.strictObject({
  name: slug,
  version: z
    .string()
    .regex(
      /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/,
      'Use three numbers, such as 1.2.3.',
    ),
  title: bilingual,
  changelog: z.string().min(1).max(4_000),
  workflow: z.strictObject({
    key: slug,
    title: bilingual,
    description: bilingual,
    owner_team: z.string().min(1).max(100),
    data_classification: z.enum(['public', 'internal', 'confidential', 'restricted']),
  }),
  operations: z.record(z.string().regex(/^[_A-Za-z]\w{0,99}$/), operationSchema),
});

export type BundleManifest = z.infer<typeof bundleManifestSchema>;
