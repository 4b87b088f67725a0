import { RevocationFeed } from '#libs/guards';
import { FixedClock } from '#libs/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};

describe('service tokens', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let base: string;

  beforeAll(async () => {
    app = await AuthApp.start({ clock });
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    base = `/v1/platform/apps/${body.client_id}`;
  });

  afterAll(() => app.stop());

  const mint = (body: object = {}) =>
    tenant.admin.post(`${base}/service-token`, { body: { scopes: ['webhooks:write'], ...body } });
  const codeOf = async (token: string): Promise<string> => {
    await app.get(RevocationFeed).refresh();
    return (await app.public.get('/v1/platform/apps', { token })).body.code;
  };

  it('are JWTs whose exp is the expires_at of the answer [O46] [O47]', async () => {
    const { status, body } = await mint({ label: 'nightly export' });
    expect(status).toBe(201);
    expect(body).toEqual({
      token: expect.any(String),
      expires_at: '2026-03-24T12:00:00Z',
      id: expect.stringMatching(/^stk_/),
      scopes: ['webhooks:write'],
    });
    expect(decodeProtectedHeader(body.token).typ).toBe('at+jwt');
    const claims = decodeJwt(body.token);
    expect(claims).toMatchObject({
      token_use: 'service',
      tenant_id: tenant.id,
      exp: Date.parse(body.expires_at) / 1000,
      aud: ['https://auth.knogin.com', 'https://api.knogin.com'],
    });
    expect([claims.exp, claims.iat].every(Number.isInteger)).toBe(true);
  });

  it('[O46] [O47] agree on the second also where the clock is within one', async () => {
    clock.advance(999);
    const { body } = await mint({ ttl_seconds: 300 });
    const { iat = 0, exp } = decodeJwt(body.token as string);
    expect(body.expires_at).toBe(new Date((exp ?? 0) * 1000).toISOString().replace('.000Z', 'Z'));
    expect(iat).toBe(Math.floor(clock.now() / 1000));
    clock.advance(1);
  });

  it('are listed without the token, and revoked', async () => {
    const { body: minted } = await mint({ label: 'nightly export' });
    const list = await tenant.admin.get(`${base}/service-tokens`);
    expect(list.text).not.toContain(minted.token);
    expect(list.body).toMatchObject({
      service_tokens: [{ id: minted.id, label: 'nightly export', revoked_at: null }],
      next_cursor: null,
    });
    expect(await codeOf(minted.token)).toBe('insufficient_scope');
    const path = `${base}/service-tokens/${minted.id}`;
    expect((await tenant.admin.delete(path)).status).toBe(204);
    expect(await codeOf(minted.token)).toBe('token_revoked');
    expect((await tenant.admin.delete(path)).status).toBe(404);
  });

  it('are paged newest first, with a cursor for this app alone [O73]', async () => {
    for (const label of ['a', 'b', 'c']) await mint({ label });
    const { body: first } = await tenant.admin.get(`${base}/service-tokens?limit=2`);
    const labels = (page: { service_tokens: { label: string }[] }): string[] =>
      page.service_tokens.map(({ label }) => label);
    expect(labels(first)).toEqual(['c', 'b']);
    const cursor = encodeURIComponent(first.next_cursor);
    const { body: last } = await tenant.admin.get(
      `${base}/service-tokens?limit=2&cursor=${cursor}`,
    );
    expect([labels(last), last.next_cursor]).toEqual([['a'], null]);
    const { body: other } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    const foreign = await tenant.admin.get(
      `/v1/platform/apps/${other.client_id}/service-tokens?cursor=${cursor}`,
    );
    expect(foreign.body.code).toBe('invalid_cursor');
  });

  it('[O64] die with the grant, and with the permission of the tenant, that alone allowed them', async () => {
    const withGrant = (await mint()).body.token as string;
    const { status } = await tenant.admin.patch(base, {
      body: { grant_types: ['authorization_code'], redirect_uris: ['https://client.example/cb'] },
    });
    expect([status, await codeOf(withGrant)]).toEqual([200, 'token_revoked']);
    expect((await mint()).status).toBe(403);
    const operator = await app.asOperator();
    const allow = (allowed: boolean | null) =>
      operator.patch(`/v1/tenants/${tenant.id}`, {
        body: { governance: { allow_service_tokens: allowed } },
      });
    await allow(true);
    const { body } = await mint();
    expect(await codeOf(body.token as string)).not.toBe('token_revoked');
    await allow(null);
    expect(await codeOf(body.token as string)).toBe('token_revoked');
  });

  it('die when the governance forbids them, and none is minted any more [O64]', async () => {
    const { body: minted } = await mint();
    await tenant.admin.patch(`${base}/governance`, { body: { allow_service_tokens: false } });
    expect(await codeOf(minted.token)).toBe('token_revoked');
    const refused = await mint();
    expect([refused.status, refused.body.code]).toEqual([403, 'service_tokens_disabled']);
  });

  it('can neither mint nor rotate [O67]', async () => {
    const { body: minted } = await mint();
    for (const path of ['service-token', 'rotate-secret']) {
      const { status } = await app.public.post(`${base}/${path}`, {
        token: minted.token,
        body: path === 'service-token' ? { scopes: ['webhooks:write'] } : {},
      });
      expect(status).toBe(403);
    }
  });

  it('carry approved machine scopes only, for a lifetime the policy allows', async () => {
    const outcome = async (body: object): Promise<unknown> => {
      const answer = await mint(body);
      return [answer.status, answer.body.code];
    };
    expect(await outcome({ scopes: ['incidents:read'] })).toEqual([422, 'scope_not_approved']);
    expect(await outcome({ scopes: ['platform:apps:write'] })).toEqual([422, 'scope_not_approved']);
    expect(await outcome({ scopes: ['nothing:read'] })).toEqual([422, 'unknown_scope']);
    expect(await outcome({ scopes: [] })).toEqual([422, 'validation_failed']);
    expect(await outcome({ scopes: ['webhooks:write', 'webhooks:write'] })).toEqual([
      422,
      'validation_failed',
    ]);
    expect(await outcome({ ttl_seconds: 86_401 })).toEqual([422, 'validation_failed']);
    expect(await outcome({ resource: 'https://other.example' })).toEqual([
      422,
      'validation_failed',
    ]);
    expect((await mint({ ttl_seconds: 300, resource: 'https://api.knogin.com' })).status).toBe(201);
  });

  it('are not minted for a suspended app, nor from an address outside allowed_cidrs', async () => {
    await tenant.admin.patch(`${base}/governance`, { body: { allowed_cidrs: ['192.0.2.0/24'] } });
    expect((await mint()).body.code).toBe('ip_not_allowed');
    await tenant.admin.patch(`${base}/governance`, {
      body: { allowed_cidrs: null, status: 'suspended' },
    });
    expect((await mint()).body.code).toBe('app_suspended');
  });

  it('live fifty at most, however many are minted at once', async () => {
    const answers = await Promise.all(Array.from({ length: 55 }, () => mint()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
    expect(answers.filter(({ body }) => body.code === 'limit_reached')).toHaveLength(5);
  });
});
