import type { ClientSecret } from '#libs/entities';
import { z } from 'zod';
import type { EffectivePolicy } from '../governance/effective-policy.js';
import { secretExpiry } from './secret-expiry.js';

export const secretResponse = z.strictObject({
  id: z.string(),
  hint: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});

export const listSecretsResponse = z.strictObject({ secrets: z.array(secretResponse) });

/** The body may be left out altogether. */
export const rotateBody = z
  .strictObject({
    /** How long the previous secret lives on, in seconds; 0: it is compromised. 24 h by default. */
    overlap_seconds: z.int().min(0).max(604_800).optional(),
    /** Also revoke the tokens issued so far. */
    revoke_tokens: z.boolean().default(false),
  })
  .prefault({});

export type RotateBody = z.output<typeof rotateBody>;

export const rotateResponse = z.strictObject({
  client_id: z.string(),
  client_secret: z.string(),
  secret_id: z.string(),
  /** Secrets that still work, and until when. */
  previous: z.array(z.strictObject({ id: z.string(), expires_at: z.string() })),
  /** Ids of secrets that no longer work since this rotation. */
  revoked: z.array(z.string()),
});

/** Live secrets, newest first. */
export function toSecrets(
  secrets: readonly ClientSecret[],
  policy: EffectivePolicy,
  nowMs: number,
): z.output<typeof secretResponse>[] {
  return secrets.flatMap((secret) => {
    const expiresAt = secretExpiry(secret.createdAt, secret.expiresAt, policy);
    if (expiresAt && expiresAt.getTime() <= nowMs) return [];
    return [
      {
        id: secret.id,
        hint: secret.hint,
        created_at: secret.createdAt.toISOString(),
        expires_at: expiresAt?.toISOString() ?? null,
        last_used_at: secret.lastUsedAt?.toISOString() ?? null,
      },
    ];
  });
}
