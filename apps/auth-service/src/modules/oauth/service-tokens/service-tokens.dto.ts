import type { ServiceToken } from '#libs/entities';
import { z } from 'zod';
import { scopeName } from '../../identity/index.js';

export const mintBody = z.strictObject({
  scopes: z
    .array(scopeName)
    .min(1)
    .max(100)
    .refine((names) => new Set(names).size === names.length, 'Name each scope once.'),
  /** 24 hours by default; at most what the governance allows. */
  ttl_seconds: z.int().min(60).max(2_592_000).optional(),
  label: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .refine((text) => !/\p{Cc}/u.test(text), 'Remove the control characters.')
    .optional(),
  /** The one resource the token is for (RFC 8707); all that the scopes belong to by default. */
  resource: z.url().optional(),
});

export type MintBody = z.output<typeof mintBody>;

export const mintedResponse = z.strictObject({
  token: z.string(),
  /** Whole seconds: the same instant as the token's `exp`. */
  expires_at: z.string(),
  id: z.string(),
  scopes: z.array(z.string()),
});

const serviceTokenResponse = z.strictObject({
  id: z.string(),
  label: z.string().nullable(),
  scopes: z.array(z.string()),
  created_by: z.string(),
  created_at: z.string(),
  expires_at: z.string(),
  revoked_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});

export const listServiceTokensResponse = z.strictObject({
  service_tokens: z.array(serviceTokenResponse),
  next_cursor: z.string().nullable(),
});

export function toServiceToken(token: ServiceToken): z.output<typeof serviceTokenResponse> {
  return {
    id: token.id,
    label: token.label,
    scopes: token.scopes,
    created_by: token.createdBy,
    created_at: token.createdAt.toISOString(),
    expires_at: toWholeSeconds(token.expiresAt),
    revoked_at: token.revokedAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
  };
}

/** RFC 3339 without a fraction. */
export function toWholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
