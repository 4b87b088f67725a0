import { Database, Notifications } from '#libs/foundation';
import { API_POLICY_CHANNEL, ApiPolicyFeed, ServiceTokenUsage } from '#libs/guards';
import type { FixedClock } from '#libs/testing';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};

describe('governance at the use of a token', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let base: string;
  let token: string;
  let credentials: Record<string, string>;

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { TRUSTED_PROXIES: '127.0.0.0/8' } });
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    base = `/v1/platform/apps/${body.client_id}`;
    credentials = { client_id: body.client_id, client_secret: body.client_secret };
    const minted = await tenant.admin.post(`${base}/service-token`, {
      body: { scopes: ['webhooks:write'] },
    });
    token = minted.body.token;
  });

  afterAll(() => app.stop());

  const govern = async (body: object): Promise<void> => {
    await tenant.admin.patch(`${base}/governance`, { body });
    await app.get(ApiPolicyFeed).refresh();
  };
  const callFrom = async (address?: string) =>
    app.public.get('/v1/platform/apps', {
      token,
      headers: address === undefined ? {} : { 'x-forwarded-for': address },
    });

  it('refuses an address outside allowed_cidrs, and is tightened for tokens already issued', async () => {
    expect((await callFrom('198.51.100.7')).body.code).toBe('insufficient_scope');
    await govern({ allowed_cidrs: ['192.0.2.0/24'] });
    const outside = await callFrom('198.51.100.7');
    expect([outside.status, outside.body.code]).toEqual([403, 'ip_not_allowed']);
    expect((await callFrom('192.0.2.9')).body.code).toBe('insufficient_scope');
  });

  it('is told to every instance by the change itself', async () => {
    const told = new Promise<string>((resolve) => {
      void app.get(Notifications).subscribe(API_POLICY_CHANNEL, resolve);
    });
    await tenant.admin.patch(`${base}/governance`, { body: { allowed_cidrs: ['192.0.2.0/24'] } });
    expect(await told).toBe('');
    // The feed hears the same notice; a read that follows its own has seen the change.
    await app.get(ApiPolicyFeed).refresh();
    expect((await callFrom('198.51.100.7')).body.code).toBe('ip_not_allowed');
  });

  it('believes only the hop a trusted proxy wrote [O62]', async () => {
    await govern({ allowed_cidrs: ['192.0.2.0/24'] });
    const spoofed = await callFrom('192.0.2.9, 198.51.100.7');
    expect(spoofed.body.code).toBe('ip_not_allowed');
    expect((await callFrom('::ffff:192.0.2.9')).body.code).toBe('insufficient_scope');
  });

  it('remembers when a service token was used', async () => {
    await callFrom();
    await app.get(ServiceTokenUsage).flush();
    const { body } = await tenant.admin.get(`${base}/service-tokens`);
    expect(body.service_tokens[0].last_used_at).toBe(new Date(app.clock.now()).toISOString());
  });

  it.each([
    [{ rate_limit_rps: 1 }, { rate_limit_mode: 'monitor' }],
    [{ rate_limit_mode: 'enforce' }, { rate_limit_rps: 1, rate_limit_mode: 'monitor' }],
    [{ rate_limit_rps: 1, rate_limit_mode: 'monitor' }, { rate_limit_mode: 'enforce' }],
  ])(
    'holds an app to the stricter of tenant %j and app %j, at both places',
    async (ceiling, own) => {
      await app
        .get(Database)
        .execute('UPDATE tenant SET governance = $2 WHERE id = $1', [tenant.id, ceiling]);
      await govern(own);
      const form = { grant_type: 'client_credentials', ...credentials };
      for (const call of [
        () => app.public.post('/v1/webhooks', { token, body: {} }),
        () => app.public.post('/v1/oauth/token', { form }),
      ]) {
        const statuses = [];
        for (let n = 0; n < 3; n++) statuses.push((await call()).status === 429);
        expect(statuses).toEqual([false, false, true]);
      }
    },
  );

  it('tells every caller its rate, and refuses what passes it', async () => {
    const told = await tenant.admin.get('/v1/platform/apps');
    expect(told.headers['ratelimit-policy']).toBe('"actor";q=200;w=2');
    expect(told.headers.ratelimit).toMatch(/^"actor";r=\d+;t=2$/);
    expect(told.headers['retry-after']).toBeUndefined();
    const answers = await Promise.all(
      Array.from({ length: 210 }, () => tenant.admin.get('/v1/platform/apps')),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]?.body.code).toBe('rate_limited');
    expect(refused[0]?.headers['retry-after']).toBe('1');
    (app.clock as FixedClock).advance(1_000);
    expect((await tenant.admin.get('/v1/platform/apps')).status).toBe(200);
  });
});
