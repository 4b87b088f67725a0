import crypto from 'node:crypto';
import { SecretDigests } from '../../identity/index.js';
import { type LiveSecret, matchSecret } from './client-secrets.verifier.js';

const digests = new SecretDigests(Buffer.alloc(32, 1));
const digestOf = (text: string): Buffer => digests.digest(text);

describe('matchSecret', () => {
  const secrets = [
    { id: 'sec_old', digest: digestOf('old'), expiresAt: new Date(1_000) },
    { id: 'sec_new', digest: digestOf('new'), expiresAt: null },
  ];

  it('[O23] accepts every live secret', () => {
    expect(matchSecret(digestOf('old'), secrets, 999)).toBe('sec_old');
    expect(matchSecret(digestOf('new'), secrets, 999)).toBe('sec_new');
  });

  it('[O24] judges the expiry at use, to the millisecond', () => {
    expect(matchSecret(digestOf('old'), secrets, 1_000)).toBeUndefined();
  });

  it('[O22] compares as often whichever secret matches, and where there is none to match', () => {
    const compared = (digest: Buffer, of: readonly LiveSecret[]): number => {
      const spy = jest.spyOn(crypto, 'timingSafeEqual');
      matchSecret(digest, of, 0);
      const times = spy.mock.calls.length;
      spy.mockRestore();
      return times;
    };
    const times = compared(digestOf('unknown'), []);
    const full = Array.from({ length: 10 }, (_, n) => ({
      id: `sec_${n}`,
      digest: digestOf(`secret ${n}`),
      expiresAt: null,
    }));
    for (const text of ['secret 0', 'secret 9', 'neither'])
      expect(compared(digestOf(text), full)).toBe(times);
    for (const text of ['old', 'new', 'neither'])
      expect(compared(digestOf(text), secrets)).toBe(times);
  });

  it('matches nothing for a client without secrets', () => {
    expect(matchSecret(digestOf('new'), [], 0)).toBeUndefined();
  });

  it('[O28] compares the whole secret by one fast digest, not its first 72 bytes by a slow one', () => {
    const hmac = crypto.createHmac('sha256', Buffer.alloc(32, 1)).update('a secret').digest();
    expect(digestOf('a secret')).toEqual(hmac);
    const long = 'x'.repeat(72);
    const secret = [{ id: 'sec', digest: digestOf(`${long}a`), expiresAt: null }];
    expect(matchSecret(digestOf(`${long}b`), secret, 0)).toBeUndefined();
  });
});
