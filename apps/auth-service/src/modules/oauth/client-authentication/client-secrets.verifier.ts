import { timingSafeEqual } from 'node:crypto';
import { mostLiveSecrets } from '../../identity/index.js';

export interface LiveSecret {
  id: string;
  /** HMAC-SHA-256 under the data key `secret-pepper`. */
  digest: Buffer;
  expiresAt: Date | null;
}

const noSecret: LiveSecret = { id: '', digest: Buffer.alloc(32), expiresAt: new Date(0) };

/**
 * Compares a presented secret's digest with all secrets of a client, in constant time and without an early exit: as many
 * comparisons as an app can have live secrets, whatever it has, so that an unknown client costs the same.
 * @returns the id of the secret that matches and is live now
 */
export function matchSecret(
  digest: Buffer,
  secrets: readonly LiveSecret[],
  nowMs: number,
): string | undefined {
  let matched: string | undefined;
  for (let index = 0; index < Math.max(mostLiveSecrets, secrets.length); index++) {
    const secret = secrets[index] ?? noSecret;
    const equal = timingSafeEqual(secret.digest, digest);
    const live = secret.expiresAt === null || secret.expiresAt.getTime() > nowMs;
    if (equal && live) matched = secret.id;
  }
  return matched;
}
