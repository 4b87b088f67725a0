import { SecretDigests } from '../../identity/index.js';
import { matchSecret } from './client-secrets.verifier.js';

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

  it('matches nothing for a client without secrets', () => {
    expect(matchSecret(digestOf('new'), [], 0)).toBeUndefined();
  });

  it('[O28] compares the whole secret, not its first 72 bytes', () => {
    const long = 'x'.repeat(72);
    const secret = [{ id: 'sec', digest: digestOf(`${long}a`), expiresAt: null }];
    expect(matchSecret(digestOf(`${long}b`), secret, 0)).toBeUndefined();
  });
});
