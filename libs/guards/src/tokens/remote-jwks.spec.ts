import type { TrustedOriginClient, TrustedResponse } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { RemoteJwks } from './remote-jwks.js';

describe('RemoteJwks', () => {
  let jwk: JWK;
  let fetches: number;
  let answer: () => TrustedResponse;
  const clock = new FixedClock();
  const client = {
    request: async () => {
      fetches++;
      return answer();
    },
  } as unknown as TrustedOriginClient;

  beforeAll(async () => {
    jwk = { ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), alg: 'ES256' };
  });

  beforeEach(() => {
    fetches = 0;
    answer = () => withKids('a');
  });

  const withKids = (...kids: string[]): TrustedResponse => ({
    status: 200,
    headers: {},
    body: Buffer.from(JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid })) })),
  });

  it('[O51] asks once per cooldown, however many unknown ids are presented', async () => {
    const jwks = new RemoteJwks('http://jwks', client, clock);
    expect((await jwks.find('a'))?.alg).toBe('ES256');
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => jwks.find(`invented-${i}`)));
    expect(fetches).toBe(1);
    clock.advance(10_000);
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => jwks.find(`invented-${i}`)));
    expect(fetches).toBe(2);
  });

  it('learns a new key at the first token that names it', async () => {
    const jwks = new RemoteJwks('http://jwks', client, clock);
    await jwks.find('a');
    clock.advance(10_000);
    answer = () => withKids('a', 'b');
    expect(await jwks.find('b')).toBeDefined();
    expect(fetches).toBe(2);
  });

  it('reads again after five minutes, and keeps the last good set while the issuer is away', async () => {
    const jwks = new RemoteJwks('http://jwks', client, clock);
    await jwks.find('a');
    clock.advance(300_001);
    answer = () => ({ status: 503, headers: {}, body: Buffer.alloc(0) });
    expect(await jwks.find('a')).toBeDefined();
    expect(fetches).toBe(2);
    clock.advance(10_000);
    answer = () => withKids('c');
    expect(await jwks.find('a')).toBeUndefined();
  });
});
