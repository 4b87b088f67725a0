import type { SigningAlg } from '#libs/entities';
import type { Clock, Database, SecretBox } from '#libs/foundation';
import { generateSigningKey } from './jose.adapter.js';

const algorithms: readonly SigningAlg[] = ['RS256', 'ES256', 'EdDSA'];

/**
 * Makes the first key of every algorithm at first boot. It may sign at once: nobody can have cached a JWKS
 * without it. Instances that boot together take turns under a lock, and the second finds the first one's keys.
 */
export async function ensureFirstKeys(
  database: Database,
  box: SecretBox,
  clock: Clock,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(`SELECT pg_advisory_xact_lock(hashtext('signing_key'))`);
    const rows = await transaction.query<{ alg: SigningAlg }>(
      'SELECT DISTINCT alg FROM signing_key',
    );
    const present = new Set(rows.map(({ alg }) => alg));
    for (const alg of algorithms.filter((candidate) => !present.has(candidate))) {
      const kid = firstKid(alg, clock.date());
      const { publicJwk, privatePem } = await generateSigningKey(alg);
      await transaction.execute(
        `INSERT INTO signing_key (kid, alg, status, public_jwk, private_sealed, published_at, usable_from, activated_at)
         VALUES ($1, $2, 'active', $3, $4, $5, $5, $5)`,
        [
          kid,
          alg,
          publicJwk,
          box.seal(Buffer.from(privatePem), `signing_key:${kid}`),
          clock.date(),
        ],
      );
    }
  });
}

/** `2026-11-signing-key`; the other algorithms carry their name behind it. */
function firstKid(alg: SigningAlg, now: Date): string {
  const month = now.toISOString().slice(0, 7);
  return alg === 'RS256' ? `${month}-signing-key` : `${month}-signing-key-${alg.toLowerCase()}`;
}
