import { createHash, timingSafeEqual } from 'node:crypto';

const verifierPattern = /^[A-Za-z0-9\-._~]{43,128}$/;
const challengePattern = /^[A-Za-z0-9_-]{43}$/;

/** RFC 7636 section 4.2 allows 43 to 128 letters for every method; S256, the only one here, makes 32 bytes: 43. */
export function isChallenge(text: string): boolean {
  return challengePattern.test(text);
}

/** Whether the verifier is well-formed (RFC 7636 section 4.1) and made the challenge. */
export function provesChallenge(verifier: string, challenge: string): boolean {
  if (!verifierPattern.test(verifier)) return false;
  const derived = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  const expected = Buffer.from(challenge);
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}
