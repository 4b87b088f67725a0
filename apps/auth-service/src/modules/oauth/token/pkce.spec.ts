import { createHash } from 'node:crypto';
import { isChallenge, provesChallenge } from './pkce.js';

const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

describe('PKCE', () => {
  it('accepts the example of RFC 7636 appendix B', () => {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    expect(provesChallenge(verifier, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')).toBe(true);
    expect(provesChallenge(`${verifier}x`, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')).toBe(
      false,
    );
  });

  it('[O4] refuses verifiers of a wrong length or with illegal letters', () => {
    for (const verifier of [
      'a'.repeat(42),
      'a'.repeat(129),
      `${'a'.repeat(43)}+`,
      `${'a'.repeat(43)}ä`,
    ])
      expect(provesChallenge(verifier, challengeOf(verifier))).toBe(false);
    for (const verifier of ['a'.repeat(43), '~._-'.repeat(32)])
      expect(provesChallenge(verifier, challengeOf(verifier))).toBe(true);
  });

  it('[O4] knows what a challenge looks like', () => {
    for (const text of [challengeOf('x'), 'a'.repeat(43), '~._-'.repeat(32)])
      expect(isChallenge(text)).toBe(true);
    for (const text of ['a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}=`])
      expect(isChallenge(text)).toBe(false);
  });
});
