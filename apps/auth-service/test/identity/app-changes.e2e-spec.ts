import { RevocationFeed } from '#libs/guards';
import { FixedClock } from '#libs/testing';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const web = {
  name: 'Portal',
  grant_types: ['authorization_code', 'client_credentials'],
  redirect_uris: ['https://portal.example.com/cb'],
  requested_scopes: ['webhooks:read', 'incidents:read'],
};

describe('changing and deleting an app', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let path: string;
  let clientSecret: string;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: web });
    path = `/v1/platform/apps/${body.client_id}`;
    clientSecret = body.client_secret;
  });

  afterAll(() => app.stop());

  it('keeps what is absent, clears what is null', async () => {
    await tenant.admin.patch(path, { body: { policy_uri: 'https://portal.example.com/privacy' } });
    const { status, headers, body } = await tenant.admin.patch(path, {
      body: { name: 'Portal 2', policy_uri: null },
    });
    expect([status, headers.etag]).toEqual([200, '"3"']);
    expect(body).toMatchObject({
      name: 'Portal 2',
      policy_uri: null,
      redirect_uris: web.redirect_uris,
    });
  });

  it('takes away a scope at once, and judges a new one as at registration', async () => {
    const { body } = await tenant.admin.patch(path, {
      body: { requested_scopes: ['webhooks:read', 'webhooks:write'] },
    });
    expect(body.approved_scopes).toEqual(['webhooks:read', 'webhooks:write']);
    const refused = await tenant.admin.patch(path, {
      body: { requested_scopes: ['platform:apps:write'] },
    });
    expect([refused.status, refused.body.code]).toEqual([422, 'scope_not_approved']);
  });

  it('holds the change against the rules of registration', async () => {
    const answer = await tenant.admin.patch(path, { body: { redirect_uris: [] } });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    const hosts = { allowed_redirect_hosts: ['portal.example.com'] };
    await tenant.admin.patch(`${path}/governance`, { body: hosts });
    const foreign = await tenant.admin.patch(path, {
      body: { redirect_uris: ['https://evil.example/cb'] },
    });
    expect([foreign.status, foreign.body.code]).toEqual([422, 'invalid_redirect_uri']);
  });

  it('wants If-Match where the tenant demands it', async () => {
    const operator = await app.asOperator();
    await operator.patch(`/v1/tenants/${tenant.id}`, { body: { require_if_match: true } });
    const without = await tenant.admin.patch(path, { body: { name: 'x' } });
    expect([without.status, without.body.code]).toEqual([428, 'if_match_required']);
    const stale = await tenant.admin.delete(path, { headers: { 'if-match': '"7"' } });
    expect([stale.status, stale.body.code]).toEqual([412, 'etag_mismatch']);
    const current = await tenant.admin.patch(path, {
      body: { name: 'x' },
      headers: { 'if-match': '"1"' },
    });
    expect(current.status).toBe(200);
  });

  it('deletes: gone from every route, and nothing it issued works [O68]', async () => {
    const { body: minted } = await tenant.admin.post(`${path}/service-token`, {
      body: { scopes: ['webhooks:read'] },
    });
    (app.clock as FixedClock).advance(1_000);
    expect((await tenant.admin.delete(path)).status).toBe(204);
    await app.get(RevocationFeed).refresh();
    expect((await tenant.admin.get(path)).status).toBe(404);
    expect((await tenant.admin.delete(path)).status).toBe(404);
    expect((await tenant.admin.get('/v1/platform/apps')).body.apps).toEqual([]);
    const used = await app.public.get('/v1/platform/apps', { token: minted.token });
    expect([used.status, used.body.code]).toEqual([401, 'token_revoked']);
    const token = await app.public.post('/v1/oauth/token', {
      form: {
        grant_type: 'client_credentials',
        client_id: path.split('/').at(-1) ?? '',
        client_secret: clientSecret,
      },
    });
    expect([token.status, token.body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('scope requests', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let path: string;

  beforeAll(async () => {
    app = await AuthApp.start({ clock });
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: web });
    path = `/v1/platform/apps/${body.client_id}`;
  });

  afterAll(() => app.stop());

  const ask = async (scopes: string[]): Promise<string> => {
    const { status, body, headers } = await tenant.admin.post(`${path}/scope-requests`, {
      body: { scopes, justification: 'Nightly export' },
    });
    expect([status, headers.location]).toEqual([201, `${path}/scope-requests/${body.id}`]);
    return String(headers.location);
  };

  it('wait for an admin, and are decided once', async () => {
    const request = await ask(['incidents:write']);
    const { body: before } = await tenant.admin.get(path);
    expect(before.approved_scopes).not.toContain('incidents:write');
    const approved = await tenant.admin.post(`${request}/approve`);
    expect([approved.status, approved.body.status]).toEqual([200, 'approved']);
    const { body: after } = await tenant.admin.get(path);
    expect(after.approved_scopes).toContain('incidents:write');
    const again = await tenant.admin.post(`${request}/deny`);
    expect([again.status, again.body.code]).toEqual([409, 'conflict']);
    expect((await tenant.admin.get(request)).body).toEqual(approved.body);
    expect((await tenant.admin.get(`${request.slice(0, -4)}0000`)).body.code).toBe('not_found');
    const { body: list } = await tenant.admin.get(`${path}/scope-requests?status=approved`);
    expect(list.scope_requests).toHaveLength(1);
  });

  it('are denied also for a scope that was deprecated since, and not approved', async () => {
    const operator = await app.asOperator();
    const { body } = await operator.get('/v1/scopes');
    const { name, ...scope } = (body.scopes as { name: string }[]).find(
      ({ name: known }) => known === 'incidents:write',
    ) ?? { name: '' };
    const request = await ask([name]);
    const put = (deprecated: boolean) =>
      operator.put(`/v1/scopes/${name}`, { body: { ...scope, deprecated } });
    expect((await put(true)).status).toBe(200);
    clock.advance(5_000);
    expect((await tenant.admin.post(`${request}/approve`)).body.code).toBe('unknown_scope');
    const denied = await tenant.admin.post(`${request}/deny`);
    expect([denied.status, denied.body.status]).toEqual([200, 'denied']);
    await put(false);
    clock.advance(5_000);
  });

  it('are never decided by who made them, under four eyes', async () => {
    const operator = await app.asOperator();
    await operator.patch(`/v1/tenants/${tenant.id}`, { body: { four_eyes: true } });
    const request = await ask(['incidents:write']);
    const own = await tenant.admin.post(`${request}/approve`);
    expect([own.status, own.body.code]).toEqual([403, 'self_approval']);
    const colleague = await app.adminOf(tenant.slug);
    expect((await colleague.post(`${request}/approve`)).status).toBe(200);
  });

  it('leave a new app’s sensitive scopes pending, under four eyes', async () => {
    const operator = await app.asOperator();
    await operator.patch(`/v1/tenants/${tenant.id}`, { body: { four_eyes: true } });
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: web });
    expect([body.approved_scopes, body.pending_scopes]).toEqual([
      ['webhooks:read'],
      ['incidents:read'],
    ]);
  });

  it('for what Knogin reviews are decided on the operator listener', async () => {
    const operator = await app.asOperator();
    const scope = {
      description_en: 'Export evidence',
      description_de: 'Beweise exportieren',
      resources: ['api'],
      sensitivity: 'sensitive',
      approval: 'knogin_review',
      grantable_to: ['client_credentials'],
    };
    expect((await operator.put('/v1/scopes/evidence:export', { body: scope })).status).toBe(200);
    (app.clock as FixedClock).advance(5_000);
    const request = await ask(['evidence:export']);
    const own = await tenant.admin.post(`${request}/approve`);
    expect([own.status, own.body.code]).toEqual([422, 'scope_not_approved']);
    const id = request.split('/').at(-1) ?? '';
    const reviewed = await operator.post(`/v1/scope-requests/${id}/approve`);
    expect([reviewed.status, reviewed.body.decided_by]).toEqual([200, 'opr:olga']);
  });

  it('cannot be decided for another tenant, whatever the body says [O66]', async () => {
    const request = await ask(['incidents:write']);
    const other = await app.createTenant();
    const foreign = await other.admin.post(`${request}/approve`, {
      body: { tenant_id: tenant.id },
    });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
  });
});
