import type { EffectivePolicy } from '../governance/effective-policy.js';

const dayMs = 86_400_000;

/** When a secret ends: its own expiry or its greatest age, whichever comes first. Null: it does not. */
export function secretExpiry(
  createdAt: Date,
  expiresAt: Date | null,
  { secretMaxAgeDays }: Pick<EffectivePolicy, 'secretMaxAgeDays'>,
): Date | null {
  if (secretMaxAgeDays === null) return expiresAt;
  const oldest = new Date(createdAt.getTime() + secretMaxAgeDays * dayMs);
  return expiresAt !== null && expiresAt < oldest ? expiresAt : oldest;
}
