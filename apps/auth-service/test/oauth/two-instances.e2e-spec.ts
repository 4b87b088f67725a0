import { createHash, randomBytes } from 'node:crypto';
import { createOpaqueToken } from '#libs/foundation';
import { type ApiAnswer, FixedClock, TestDatabase } from '#libs/testing';
import { TokenQuotas } from '../../src/modules/oauth/rate-limits/token-quotas.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { enrol, type PersonUnderTest } from '../support/people.js';

const redirectUri = 'https://integrator.example/callback';
const verifier = randomBytes(32).toString('base64url');

/** Two processes' worth of auth-service on one database: nothing that matters lives in one of them. */
describe('two instances', () => {
  const clock = new FixedClock();
  const environment = {
    RATE_LIMIT_SCALE: '0',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  let database: TestDatabase;
  let a: AuthApp;
  let b: AuthApp;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;
  let client: ClientUnderTest;

  beforeAll(async () => {
    database = await TestDatabase.create();
    [a, b] = await Promise.all([
      AuthApp.start({ database, clock, environment }),
      AuthApp.start({ database, clock, environment }),
    ]);
    tenant = await a.createTenant();
    person = await enrol(a, tenant, 'anna@example.com');
    client = await createClient(a, tenant.id, {
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirect_uris: [redirectUri],
    });
  });

  afterAll(async () => {
    await a.stop();
    await b.stop();
    await database.drop();
  });

  /** Begins at one instance and ends at the other. */
  const code = async (): Promise<string> => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope: 'webhooks:write offline_access',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const first = new Browser(a.public);
    const login = await first.follow(await first.get(`/v1/oauth/authorize?${query.toString()}`));
    const second = new Browser(b.public);
    second.cookie = first.cookie;
    let page = await second.signIn(login, person.email, person.password);
    if (page.text.includes('action="/consent"'))
      page = await second.follow(await second.submit(page, { decision: 'allow' }));
    return new URL(String(page.headers.location)).searchParams.get('code') ?? '';
  };
  const token = (app: AuthApp, form: Record<string, string>): Promise<ApiAnswer> =>
    app.public.post('/v1/oauth/token', {
      form: { client_id: client.id, client_secret: client.secret, ...form },
    });
  const redeem = (app: AuthApp, value: string): Promise<ApiAnswer> =>
    token(app, {
      grant_type: 'authorization_code',
      code: value,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
  const everywhere = async (send: (app: AuthApp) => Promise<ApiAnswer>): Promise<ApiAnswer[]> =>
    Promise.all(Array.from({ length: 50 }, (_, index) => send(index % 2 === 0 ? a : b)));

  it('[O29] redeem a code once between them', async () => {
    const value = await code();
    const answers = await everywhere((app) => redeem(app, value));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('[O31] rotate a refresh token to one successor between them', async () => {
    const { body } = await redeem(b, await code());
    const answers = await everywhere((app) =>
      token(app, { grant_type: 'refresh_token', refresh_token: body.refresh_token }),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const [successor] = answers;
    const next = await token(a, {
      grant_type: 'refresh_token',
      refresh_token: successor?.body.refresh_token,
    });
    expect(next.status).toBe(200);
  });

  it('feel each other’s revocations within five seconds', async () => {
    const { body } = await token(a, { grant_type: 'client_credentials' });
    const elsewhere = b.public.withToken(body.access_token);
    expect((await elsewhere.get('/v1/platform/scopes')).status).toBe(403);
    const startedAt = performance.now();
    await a.public.post('/v1/oauth/revoke', {
      form: { token: body.access_token, client_id: client.id, client_secret: client.secret },
    });
    let answer = await elsewhere.get('/v1/platform/scopes');
    while (answer.status !== 401 && performance.now() - startedAt < 5_000)
      answer = await elsewhere.get('/v1/platform/scopes');
    expect(answer.body.code).toBe('token_revoked');
  });

  it('[O75] lose no refresh that is under way when one of them ends', async () => {
    const grants = await Promise.all(
      Array.from({ length: 10 }, async () => (await redeem(b, await code())).body),
    );
    const inFlight = grants.map(({ refresh_token }) =>
      token(a, { grant_type: 'refresh_token', refresh_token }),
    );
    await Promise.race(inFlight);
    const [answers] = await Promise.all([Promise.allSettled(inFlight), a.stop()]);
    a = await AuthApp.start({ database, clock, environment });
    // Answered: the successor works. Cut off: the same request gets it now, or rotates.
    for (const [index, answer] of answers.entries()) {
      const answered = answer.status === 'fulfilled' ? answer.value.body : grants[index];
      const { refresh_token } = answered as { refresh_token: string };
      const next = await token(b, { grant_type: 'refresh_token', refresh_token });
      expect([index, next.status]).toEqual([index, 200]);
    }
    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('[O49] go on with each other’s tokens and sessions after a restart', async () => {
    const { body } = await redeem(a, await code());
    await a.stop();
    a = await AuthApp.start({ database, clock, environment });
    const call = await a.public.withToken(body.access_token).get('/v1/platform/scopes');
    expect(call.status).toBe(403);
    const refreshed = await token(a, {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
    });
    expect(refreshed.status).toBe(200);
  });
});

describe('a quota of two instances', () => {
  it('is kept by one that has issued nothing yet', async () => {
    const database = await TestDatabase.create();
    const environment = { KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64') };
    const clock = new FixedClock();
    const a = await AuthApp.start({ database, clock, environment });
    const b = await AuthApp.start({ database, clock, environment });
    try {
      const governance = { token_quota_per_hour: 1 };
      const { id, secret, token } = await createClient(a, (await a.createTenant()).id, {
        governance,
      });
      expect((await token()).status).toBe(200);
      await a.get(TokenQuotas).flush();
      await b.get(TokenQuotas).flush();
      const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
      expect((await b.public.post('/v1/oauth/token', { form })).status).toBe(429);
    } finally {
      await a.stop();
      await b.stop();
      await database.drop();
    }
  });
});

const redisUrl = process.env['REDIS_URL'];
// Global setup says that this is left out without a Redis.
if (redisUrl)
  describe('two instances with a Redis', () => {
    it('[O61] slow down together whoever guesses a secret', async () => {
      const database = await TestDatabase.create();
      const environment = {
        KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
        REDIS_URL: redisUrl,
        REDIS_KEY_PREFIX: `test-${randomBytes(6).toString('hex')}`,
      };
      const a = await AuthApp.start({ database, environment });
      const b = await AuthApp.start({ database, environment });
      try {
        const client = await createClient(a, (await a.createTenant()).id);
        const ask = async (app: AuthApp, secret: string): Promise<number> => {
          const form = {
            grant_type: 'client_credentials',
            client_id: client.id,
            client_secret: secret,
          };
          return (await app.public.post('/v1/oauth/token', { form })).status;
        };
        for (let i = 0; i < 12; i++) await ask(i % 2 === 0 ? a : b, createOpaqueToken('cs'));
        expect([await ask(a, client.secret), await ask(b, client.secret)]).toEqual([429, 429]);
      } finally {
        await a.stop();
        await b.stop();
        await database.drop();
      }
    });
  });
