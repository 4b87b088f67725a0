import { Socket } from 'node:net';
import { createLogger, type Notifications, type Sql } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { AccessTokenVerifier } from './access-token.verifier.js';
import { type VerificationKey, VerificationKeys } from './verification-keys.js';

const issuer = 'https://auth.example';
const resource = 'https://api.example';

class Keys extends VerificationKeys {
  readonly byId = new Map<string, VerificationKey>();

  async find(kid: string): Promise<VerificationKey | undefined> {
    return this.byId.get(kid);
  }
}

/** A feed of what the test says was revoked. */
class Revoked implements Sql {
  rows: { kind: string; subject: string; not_before: Date; expires_at: Date }[] = [];
  broken = false;

  async query<Row>(statement: unknown): Promise<Row[]> {
    if (this.broken) throw new Error('the database is away');
    return (String(statement).includes('xmin') ? [{ xmin: '1' }] : this.rows) as Row[];
  }

  async execute(): Promise<number> {
    return 0;
  }
}

describe('AccessTokenVerifier', () => {
  const clock = new FixedClock();
  const keys = new Keys();
  let verifier: AccessTokenVerifier;
  let revoked: Revoked;
  let feed: RevocationFeed;
  let monotonicMs = 0;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;

  beforeAll(async () => {
    pair = await generateKeyPair('RS256', { extractable: true });
    keys.byId.set('k', { alg: 'RS256', key: pair.publicKey });
  });

  beforeEach(async () => {
    revoked = new Revoked();
    const logger = createLogger({ name: 'test', level: 'silent' });
    feed = new RevocationFeed(revoked, {} as Notifications, clock, logger, () => monotonicMs);
    await feed.refresh();
    verifier = new AccessTokenVerifier(issuer, keys, feed, clock);
  });

  const claims = (more: JWTPayload = {}): JWTPayload => ({
    iss: issuer,
    aud: resource,
    sub: 'app_1',
    client_id: 'app_1',
    tenant_id: 'ten_1',
    scope: 'webhooks:write',
    token_use: 'client',
    jti: 'j-1',
    iat: clock.seconds(),
    exp: clock.seconds() + 60,
    ...more,
  });
  const sign = (
    payload: JWTPayload,
    header: Partial<JWTHeaderParameters> = {},
    key: Parameters<SignJWT['sign']>[0] = pair.privateKey,
  ): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'at+jwt', ...header })
      .sign(key);
  const refusal = async (token: string): Promise<string> =>
    verifier.verify(token, resource).then(
      () => 'accepted',
      (error: unknown) => (error as { code: string }).code,
    );

  /** Lets what was revoked expire. */
  const forget = async (): Promise<void> => {
    revoked.rows = [];
    clock.advance(60_000);
    monotonicMs += 60_000;
    await feed.refresh();
    clock.advance(-60_000);
  };

  it('accepts what was issued for the resource, alone or among others', async () => {
    expect(await refusal(await sign(claims()))).toBe('accepted');
    expect(await refusal(await sign(claims({ aud: ['https://other.example', resource] })))).toBe(
      'accepted',
    );
  });

  it('[O40] refuses a token of any other type', async () => {
    for (const typ of ['JWT', 'id+jwt', undefined]) {
      const header = { alg: 'RS256', kid: 'k', ...(typ === undefined ? {} : { typ }) };
      const token = await new SignJWT(claims()).setProtectedHeader(header).sign(pair.privateKey);
      expect(await refusal(token)).toBe('invalid_token');
    }
  });

  it('[O41] refuses none, an HMAC under the public key, and keys that the token brings along', async () => {
    const text = (value: unknown): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${text({ alg: 'none', kid: 'k', typ: 'at+jwt' })}.${text(claims())}.`;
    expect(await refusal(none)).toBe('invalid_token');
    const pem = new TextEncoder().encode(await exportSPKI(pair.publicKey));
    expect(await refusal(await sign(claims(), { alg: 'HS256' }, pem))).toBe('invalid_token');
    const own = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    // A key of the attacker's that the header brings along, beside our kid and instead of it.
    for (const { kid, ...rest } of [
      { kid: 'k', jwk },
      { kid: 'unknown', jwk },
      { kid: undefined, jwk },
    ]) {
      const header = { alg: 'RS256', typ: 'at+jwt', ...rest, ...(kid ? { kid } : {}) };
      const forged = await new SignJWT(claims()).setProtectedHeader(header).sign(own.privateKey);
      expect(await refusal(forged)).toBe('invalid_token');
    }
    for (const header of [
      { jku: 'https://evil.example/jwks' },
      { x5u: 'https://evil.example/x' },
      {},
    ])
      expect(await refusal(await sign(claims(), header, own.privateKey))).toBe('invalid_token');
    const curve = await generateKeyPair('ES256');
    expect(await refusal(await sign(claims(), { alg: 'ES256' }, curve.privateKey))).toBe(
      'invalid_token',
    );
  });

  it('[O42] refuses a token for another resource, of another issuer, or for nobody', async () => {
    for (const more of [
      { aud: 'https://api.example/' },
      { aud: ['https://other.example'] },
      { aud: [] },
      { iss: `${issuer}/` },
      { iss: 'https://other.example' },
    ])
      expect(await refusal(await sign(claims(more)))).toBe('invalid_token');
    const nobody = claims();
    delete nobody.aud;
    expect(await refusal(await sign(nobody))).toBe('invalid_token');
  });

  it('[O46] judges exp and iat in whole seconds of the injected clock', async () => {
    const token = await sign(claims());
    expect(await refusal(token)).toBe('accepted');
    clock.advance(64_999);
    expect(await refusal(token)).toBe('accepted');
    clock.advance(1);
    expect(await refusal(token)).toBe('token_expired');
  });

  it('refuses a verified token it has kept as soon as the feed says so', async () => {
    const token = await sign(claims());
    expect(await refusal(token)).toBe('accepted');
    for (const [kind, subject] of [
      ['token', 'j-1'],
      ['app', 'app_1'],
      ['tenant', 'ten_1'],
      ['key', 'k'],
    ] as const) {
      revoked.rows = [
        {
          kind,
          subject,
          not_before: new Date(clock.now() + 1000),
          expires_at: new Date(clock.now() + 60_000),
        },
      ];
      await feed.refresh();
      expect(await refusal(token)).toBe('token_revoked');
      await forget();
    }
  });

  it('refuses what we never issue: of tomorrow, or alive for longer than any token', async () => {
    const now = clock.seconds();
    const month = 30 * 86_400;
    for (const [more, expected] of [
      [{ iat: now + 60 }, 'accepted'],
      [{ iat: now + 61, exp: now + 600 }, 'invalid_token'],
      [{ exp: now + month }, 'accepted'],
      [{ exp: now + month + 1 }, 'invalid_token'],
      [{ iat: now + 40 * 86_400, exp: now + 10 * 365 * 86_400 }, 'invalid_token'],
    ] as const)
      expect(await refusal(await sign(claims(more)))).toBe(expected);
  });

  it('takes no token of a revoked key, whatever it says of when it was issued', async () => {
    const forged = await sign(claims({ iat: clock.seconds() + 30, exp: clock.seconds() + 600 }));
    expect(await refusal(forged)).toBe('accepted');
    revoked.rows = [
      {
        kind: 'key',
        subject: 'k',
        not_before: clock.date(),
        expires_at: new Date(clock.now() + 60_000),
      },
    ];
    await feed.refresh();
    expect(await refusal(forged)).toBe('token_revoked');
    expect(await refusal(await sign(claims({ iat: clock.seconds() + 59, jti: 'j-2' })))).toBe(
      'token_revoked',
    );
    await forget();
  });

  it('judges the token of an open connection anew each time, and knows another one from it', async () => {
    const connection = new Socket();
    const outcome = (token: string, audience = resource): Promise<string> =>
      verifier.verify(token, audience, connection).then(
        ({ tokenId }) => tokenId,
        (error: unknown) => (error as { code: string }).code,
      );
    const [token, other] = [await sign(claims()), await sign(claims({ jti: 'j-2' }))];
    expect([await outcome(token), await outcome(token), await outcome(other)]).toEqual([
      'j-1',
      'j-1',
      'j-2',
    ]);
    expect(await outcome(other, 'https://other.example')).toBe('invalid_token');
    expect(await outcome(`${other}x`)).toBe('invalid_token');
    expect(await outcome(other)).toBe('j-2');
    revoked.rows = [
      {
        kind: 'token',
        subject: 'j-2',
        not_before: new Date(clock.now() + 1000),
        expires_at: new Date(clock.now() + 60_000),
      },
    ];
    await feed.refresh();
    expect(await outcome(other)).toBe('token_revoked');
    expect(await outcome(token)).toBe('j-1');
    clock.advance(65_000);
    expect(await outcome(token)).toBe('token_expired');
  });

  it('fails closed for sensitive scopes when revocations were not read for 30 s', async () => {
    const normal = await sign(claims());
    const sensitive = await sign(claims({ scope: 'incidents:read webhooks:read', jti: 'j-2' }));
    expect(await refusal(sensitive)).toBe('accepted');
    revoked.broken = true;
    monotonicMs += 30_001;
    await feed.refresh();
    expect(await refusal(sensitive)).toBe('temporarily_unavailable');
    expect(await refusal(normal)).toBe('accepted');
    revoked.broken = false;
    await feed.refresh();
    expect(await refusal(sensitive)).toBe('accepted');
  });
});
