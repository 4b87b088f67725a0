import { randomBytes } from 'node:crypto';
import { createOpaqueToken } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { CodeFlow } from '../support/code-flow.js';
import { createClient } from '../support/oauth-client.js';

const redisUrl = process.env['REDIS_URL'];

describe.each([
  { place: 'the instance', environment: {} },
  // Global setup says that this is left out without a Redis.
  ...(redisUrl ? [{ place: 'a Redis', environment: { REDIS_URL: redisUrl } }] : []),
])('the limits of a public client, counted in $place', ({ environment }) => {
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock: new FixedClock(),
      environment: {
        // 4 at once for a client, 40 for a tenant.
        RATE_LIMIT_SCALE: '0.1',
        TRUSTED_PROXIES: '127.0.0.0/8',
        REDIS_KEY_PREFIX: `test-${randomBytes(6).toString('hex')}`,
        ...environment,
      },
    });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  it('[O61] are not for a stranger to use up, who knows the client_id and nothing else', async () => {
    const spa = await flow.newClient({ token_endpoint_auth_method: 'none' });
    const colleague = await createClient(app, flow.tenant.id);
    const unproved = { client_secret: undefined };
    const code = await flow.authorize({}, spa);
    const ask = (path: string, form: object, host: number): Promise<ApiAnswer> =>
      app.public.post(path, {
        headers: { 'x-forwarded-for': `192.0.2.${host}` },
        form: { client_id: spa.id, ...form },
      });
    const guess = (host: number): Promise<ApiAnswer> =>
      ask(
        '/v1/oauth/token',
        { grant_type: 'authorization_code', code: createOpaqueToken('ac') },
        host,
      );
    const annoy = (host: number): Promise<ApiAnswer> =>
      ask('/v1/oauth/revoke', { token: createOpaqueToken('rt') }, host);
    for (const [send, admitted] of [
      [guess, 400],
      [annoy, 200],
    ] as const) {
      const fromOne = await Promise.all(Array.from({ length: 20 }, () => send(1)));
      const statuses = new Set(fromOne.map(({ status }) => status));
      expect(statuses).toEqual(new Set([admitted, 429]));
      const fromMany = await Promise.all(Array.from({ length: 100 }, (_, n) => send(n + 2)));
      expect(new Set(fromMany.map(({ status }) => status))).toEqual(new Set([admitted]));
    }
    const { status, body } = await flow.redeem(code, unproved, spa);
    expect(status).toBe(200);
    expect((await flow.refresh(body.refresh_token, unproved, spa)).status).toBe(200);
    expect((await colleague.token()).status).toBe(200);
    const ended = await app.public.post('/v1/oauth/revoke', {
      form: { client_id: spa.id, token: body.access_token },
    });
    expect(ended.status).toBe(200);
  });
});
