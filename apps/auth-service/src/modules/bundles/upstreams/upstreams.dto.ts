import { normalizeCidr } from '#libs/foundation';
import { z } from 'zod';
import type { UpstreamRow } from './upstream.query.js';

function isCidr(text: string): boolean {
  try {
    return normalizeCidr(text) !== '';
  } catch {
    return false;
  }
}

const terms = z.strictObject({
  /** Where requests go; a mapping's path is appended to it. */
  base_url: z.url({ protocol: /^https?$/ }).max(2_048),
  /** Headers that the gateway may set of its own. */
  header_allow_list: z.array(z.enum(['x-tenant-id', 'x-request-id'])).max(2),
  /** Private blocks that the upstream may be in. */
  allow_cidrs: z
    .array(z.string().max(64).refine(isCidr, 'is no CIDR block').transform(normalizeCidr))
    .max(20),
  timeout_ms: z.int().min(1).max(30_000),
  max_response_bytes: z
    .int()
    .min(1)
    .max(16 * 1024 * 1024),
  breaker_failures: z.int().min(1).max(1_000),
  breaker_open_ms: z.int().min(1).max(600_000),
});

/** The service's bearer token; stored sealed, never told again. */
const credential = z.string().min(1).max(4_096);

const { shape } = terms;
const members = z.strictObject({
  name: z.string().regex(/^[a-z0-9](-?[a-z0-9]){0,62}$/),
  kind: z.enum(['graphql', 'http']),
  base_url: shape.base_url,
  /** What its operations are validated against, and their answers reshaped by. */
  schema_sdl: z.string().min(1).max(500_000),
  auth_mode: z.enum(['none', 'service']).default('none'),
  credential: credential.optional(),
  header_allow_list: shape.header_allow_list.default(['x-tenant-id', 'x-request-id']),
  allow_cidrs: shape.allow_cidrs.default([]),
  timeout_ms: shape.timeout_ms.default(3_000),
  max_response_bytes: shape.max_response_bytes.default(1024 * 1024),
  breaker_failures: shape.breaker_failures.default(5),
  breaker_open_ms: shape.breaker_open_ms.default(30_000),
});

export const createUpstreamBody = members.refine(
  ({ auth_mode, credential }) => (auth_mode === 'service') === (credential !== undefined),
  'A credential belongs to auth_mode service, and to no other.',
);

export type CreateUpstreamBody = z.output<typeof createUpstreamBody>;

/** Absent means keep; without a credential (null) requests carry none. */
export const updateUpstreamBody = terms.extend({ credential: credential.nullable() }).partial();

export type UpdateUpstreamBody = z.output<typeof updateUpstreamBody>;

export const upstreamResponse = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['graphql', 'http']),
  base_url: z.string(),
  auth_mode: z.enum(['none', 'service']),
  header_allow_list: z.array(z.string()),
  allow_cidrs: z.array(z.string()),
  timeout_ms: z.number(),
  max_response_bytes: z.number(),
  breaker_failures: z.number(),
  breaker_open_ms: z.number(),
  created_by: z.string(),
  created_at: z.string(),
});

export type UpstreamResponse = z.output<typeof upstreamResponse>;

export const upstreamsResponse = z.strictObject({ upstreams: z.array(upstreamResponse) });

export function toUpstream(row: UpstreamRow): UpstreamResponse {
  return { ...row, created_at: row.created_at.toISOString() };
}
