import { createHash, timingSafeEqual } from 'node:crypto';

const verifierPattern = /^[A-Za-z0-9\-._~]{43,128}$/;
const challengePattern = /^[A-Za-z0-9_-]{43}$/;

/** An S256 challenge is 32 bytes in base64url (RFC 7636 section 4.2). */
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
