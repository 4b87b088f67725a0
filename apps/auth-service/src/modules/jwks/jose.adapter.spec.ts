import type { SigningAlg } from '#libs/entities';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { AccessTokenSigner, generateSigningKey, importPublicKey } from './jose.adapter.js';

describe('AccessTokenSigner', () => {
  it.each<SigningAlg>(['RS256', 'ES256', 'EdDSA'])('signs %s as jose verifies it', async (alg) => {
    const { publicJwk, privatePem } = await generateSigningKey(alg);
    const signer = new AccessTokenSigner(alg, 'one', privatePem);
    const key = await importPublicKey(publicJwk, alg);
    // Often enough to meet numbers with leading zeros, one in 256.
    for (let i = 0; i < (alg === 'RS256' ? 3 : 1_500); i++) {
      const token = await signer.sign({ sub: `app_${i}` });
      expect((await jwtVerify(token, key)).payload.sub).toBe(`app_${i}`);
      expect(decodeProtectedHeader(token)).toEqual({ alg, kid: 'one', typ: 'at+jwt' });
    }
  });
});
