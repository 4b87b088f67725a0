import { createHash, timingSafeEqual } from 'node:crypto';

/** RFC 7636 sections 4.1 and 4.2: of a verifier and of a challenge. */
const unreserved = /^[A-Za-z0-9\-._~]{43,128}$/;

/** One that S256 cannot have made is well-formed too; no verifier will prove it. */
export function isChallenge(text: string): boolean {
  return unreserved.test(text);
}

/** Whether the verifier is well-formed (RFC 7636 section 4.1) and made the challenge. */
export function provesChallenge(verifier: string, challenge: string): boolean {
  if (!unreserved.test(verifier)) return false;
  const derived = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  const expected = Buffer.from(challenge);
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}
