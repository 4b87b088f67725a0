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

const members = z.strictObject({
  name: z.string().regex(/^[a-z0-9](-?[a-z0-9]){0,62}$/),
  kind: z.enum(['graphql', 'http']),
  /** Where requests go; a mapping's path is appended to it. */
  base_url: z.url({ protocol: /^https?$/ }).max(2_048),
  /** What its operations are validated against, and their answers reshaped by. */
  schema_sdl: z.string().min(1).max(500_000),
  auth_mode: z.enum(['none', 'service']).default('none'),
  /** The service's bearer token; stored sealed, never told again. */
  credential: z.string().min(1).max(4_096).optional(),
  /** Headers that the gateway may set of its own. */
  header_allow_list: z
    .array(z.enum(['x-tenant-id', 'x-request-id']))
    .max(2)
    .default(['x-tenant-id', 'x-request-id']),
  /** Private blocks that the upstream may be in. */
  allow_cidrs: z.array(z.string().max(64).refine(isCidr, 'is no CIDR block')).max(20).default([]),
  timeout_ms: z.int().min(1).max(30_000).default(3_000),
  max_response_bytes: z
    .int()
    .min(1)
    .max(16 * 1024 * 1024)
    .default(1024 * 1024),
  breaker_failures: z.int().min(1).max(1_000).default(5),
  breaker_open_ms: z.int().min(1).max(600_000).default(30_000),
});

export const createUpstreamBody = members.refine(
  ({ auth_mode, credential }) => (auth_mode === 'service') === (credential !== undefined),
  'A credential belongs to auth_mode service, and to no other.',
);

export type CreateUpstreamBody = z.output<typeof createUpstreamBody>;

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
