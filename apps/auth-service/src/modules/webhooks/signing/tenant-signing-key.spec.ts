import { createPublicKey, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { calculateJwkThumbprint, importJWK } from 'jose';
import { TenantSigningKey } from './tenant-signing-key.js';

const message = {
  id: 'evt_1',
  timestampSeconds: 1_774_267_200,
  body: Buffer.from('{"name":"Grüße 🚒"}'),
};
const content = Buffer.from('evt_1.1774267200.{"name":"Grüße 🚒"}');

describe('TenantSigningKey', () => {
  const key = TenantSigningKey.generate();

  it('signs so that its JWK verifies', () => {
    const signature = Buffer.from(key.sign(message).replace(/^v1a,/, ''), 'base64');
    const publicKey = createPublicKey({ key: { ...key.jwk }, format: 'jwk' });
    expect(signature).toHaveLength(64);
    expect(verify(null, content, publicKey, signature)).toBe(true);
    expect(verify(null, Buffer.from('evt_1.1774267201.{}'), publicKey, signature)).toBe(false);
  });

  it('shows its public half as the 32 bytes after whpk_', () => {
    const shown = key.publicText;
    expect(shown).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    const x = Buffer.from(shown.slice(5), 'base64').toString('base64url');
    expect(x).toBe(key.jwk.x);
    expect(key.publicBytes).toHaveLength(32);
  });

  it('has a JWK that others read, named by its thumbprint', async () => {
    expect(await importJWK({ ...key.jwk })).toBeDefined();
    expect(key.jwk.kid).toBe(await calculateJwkThumbprint({ ...key.jwk }));
    expect(Object.keys(key.jwk)).not.toContain('d');
  });

  it('survives being sealed and opened', () => {
    const opened = TenantSigningKey.fromPrivateBytes(key.privateBytes());
    expect(opened.publicText).toBe(key.publicText);
    expect(opened.sign(message)).toBe(key.sign(message));
  });

  it('does not show its private half', () => {
    const secret = key.privateBytes().subarray(-32);
    for (const shown of [JSON.stringify(key), inspect(key, { depth: 9 })]) {
      expect(shown).not.toContain(secret.toString('base64'));
      expect(shown).not.toContain(secret.toString('hex'));
    }
  });
});
