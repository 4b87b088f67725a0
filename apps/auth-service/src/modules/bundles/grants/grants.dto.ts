import { isVersionRange } from '#libs/operations';
import { z } from 'zod';
import type { GrantRow } from './grant.query.js';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const createGrantBody = z.strictObject({
  client_id: z.string().max(64),
  bundle: z.string().max(64),
  version_range: z
    .string()
    .refine(isVersionRange, 'Write a version range as 1.x, 1.2.x or 1.2.3.')
    .optional(),
  tenant_id: z.string().max(64).optional(),
  valid_from: time.optional(),
  valid_until: time.optional(),
  request_id: z.string().max(100).optional(),
  /** Points that fit at once, and how many drain each second; the default is 1000 and 100. */
  cost_burst: z.int().min(1).max(1_000_000).optional(),
  cost_per_second: z.int().min(1).max(100_000).optional(),
});

export type CreateGrantBody = z.output<typeof createGrantBody>;

export const listGrantsQuery = z.strictObject({
  client_id: z.string().max(64).optional(),
  bundle: z.string().max(64).optional(),
});

export type ListGrantsQuery = z.output<typeof listGrantsQuery>;

export const grantResponse = z.strictObject({
  id: z.string(),
  client_id: z.string(),
  tenant_id: z.string(),
  bundle: z.string(),
  version_range: z.string(),
  status: z.enum(['active', 'suspended', 'revoked', 'expired']),
  valid_from: z.string(),
  valid_until: z.string().nullable(),
  request_id: z.string().nullable(),
  cost_burst: z.number().nullable(),
  cost_per_second: z.number().nullable(),
  granted_by: z.string(),
  created_at: z.string(),
});

export type GrantResponse = z.output<typeof grantResponse>;

export const grantsResponse = z.strictObject({ grants: z.array(grantResponse) });

/** A grant past its end reads as expired, whatever its row still says. */
export function toGrant(row: GrantRow, now: Date): GrantResponse {
  const isOver = row.status === 'active' && row.valid_until !== null && row.valid_until <= now;
  return {
    ...row,
    status: isOver ? 'expired' : row.status,
    valid_from: row.valid_from.toISOString(),
    valid_until: row.valid_until?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
