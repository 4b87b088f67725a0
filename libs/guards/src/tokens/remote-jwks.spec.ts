import { createLogger, type TrustedOriginClient, type TrustedResponse } from '#libs/foundation';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { RemoteJwks } from './remote-jwks.js';

describe('RemoteJwks', () => {
  let jwk: JWK;
  let fetches: number;
  let answer: () => TrustedResponse;
  let nowMs = 0;
  const logger = createLogger({ name: 'test', level: 'silent' });
  const create = (): RemoteJwks => new RemoteJwks('http://jwks', client, logger, () => nowMs);
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
    const jwks = create();
    expect((await jwks.find('a'))?.alg).toBe('ES256');
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => jwks.find(`invented-${i}`)));
    expect(fetches).toBe(1);
    nowMs += 10_000;
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => jwks.find(`invented-${i}`)));
    expect(fetches).toBe(2);
  });

  it('learns a new key at the first token that names it', async () => {
    const jwks = create();
    await jwks.find('a');
    nowMs += 10_000;
    answer = () => withKids('a', 'b');
    expect(await jwks.find('b')).toBeDefined();
    expect(fetches).toBe(2);
  });

  it('reads again after five minutes, and keeps the last good set while the issuer is away', async () => {
    const jwks = create();
    await jwks.find('a');
    nowMs += 300_001;
    answer = () => ({ status: 503, headers: {}, body: Buffer.alloc(0) });
    expect(await jwks.find('a')).toBeDefined();
    expect(fetches).toBe(2);
    nowMs += 10_000;
    answer = () => withKids('c');
    expect(await jwks.find('a')).toBeUndefined();
  });

  it('says 503, and never that a token is bad, while it has no set; a set serves for a day at most', async () => {
    const warned = jest.spyOn(logger, 'warn');
    const away = (): TrustedResponse => ({ status: 503, headers: {}, body: Buffer.alloc(0) });
    const unavailable = { code: 'temporarily_unavailable', headers: { 'Retry-After': '5' } };
    const jwks = create();
    answer = away;
    await expect(Promise.all([jwks.find('a'), jwks.find('b')])).rejects.toMatchObject(unavailable);
    await expect(jwks.find('a')).rejects.toMatchObject(unavailable);
    expect([fetches, warned.mock.calls.length]).toEqual([1, 1]);
    answer = () => withKids('a');
    nowMs += 10_000;
    expect(await jwks.find('a')).toBeDefined();
    answer = away;
    nowMs += 86_400_000;
    expect(await jwks.find('a')).toBeDefined();
    nowMs += 1;
    await expect(jwks.find('a')).rejects.toMatchObject(unavailable);
  });
});
