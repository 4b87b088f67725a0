import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { publicKeyProblem } from './usable-key.js';

const bytes = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');
const okp = (hex: string): JsonWebKey => ({ kty: 'OKP', crv: 'Ed25519', x: bytes(hex) });

describe('publicKeyProblem', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({
    format: 'jwk',
  });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const { x = '', y = '' } = ec;

  it('takes what key generators make', () => {
    const made = Array.from({ length: 20 }, () =>
      generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
    );
    for (const key of [rsa, ec, ...made]) expect(publicKeyProblem(key)).toBeUndefined();
  });

  it('refuses RSA whose signatures need no private key', () => {
    for (const e of ['AA', 'AQ', 'Ag', 'Aw', 'AQAA'])
      expect(publicKeyProblem({ ...rsa, e })).toContain('exponent of at least 65537');
    expect(publicKeyProblem({ ...rsa, n: bytes('fe'.repeat(256)) })).toContain('odd modulus');
    expect(publicKeyProblem({ ...rsa, n: bytes('ff'.repeat(255)) })).toContain('2048 to 4096');
    expect(publicKeyProblem({ ...rsa, n: bytes('ff'.repeat(513)) })).toContain('2048 to 4096');
  });

  it('refuses P-256 points beside the curve', () => {
    expect(publicKeyProblem({ ...ec, x: y, y: x })).toContain('cannot be read');
  });

  it('refuses Ed25519 points of small order, in every spelling, and what is no point', () => {
    for (const key of [
      okp('00'.repeat(32)),
      okp(`01${'00'.repeat(31)}`),
      okp(`01${'00'.repeat(30)}80`),
      okp(`ec${'ff'.repeat(30)}7f`),
      okp(`ed${'ff'.repeat(30)}7f`),
      okp(`ee${'ff'.repeat(30)}7f`),
      okp('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
      okp('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'),
      okp(`02${'00'.repeat(31)}`),
    ])
      expect(publicKeyProblem(key)).toContain('Ed25519 of full order');
  });
});
