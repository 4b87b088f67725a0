import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { BootstrapCommand } from '../../src/modules/ops/cli/bootstrap.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { ClientLookup, SecretDigests } from '../../src/modules/identity/index.js';

const connector = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  requested_scopes: ['webhooks:write'],
};

describe('apps', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start();
    tenant = await app.createTenant();
  });

  afterAll(() => app.stop());

  it('are registered with a secret that is told once and found by its digest', async () => {
    const { status, headers, body } = await tenant.admin.post('/v1/platform/apps', {
      body: connector,
    });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ location: `/v1/platform/apps/${body.client_id}`, etag: '"1"' });
    expect(body).toMatchObject({
      ...connector,
      client_id: expect.stringMatching(/^app_[0-9A-HJKMNP-TV-Z]{26}$/),
      client_secret: expect.stringMatching(/^kng_cs_[0-9A-Za-z]{49}$/),
      client_secret_expires_at: 0,
      tenant_id: tenant.id,
      status: 'active',
      approved_scopes: ['webhooks:write'],
      pending_scopes: [],
      governance: { allow_service_tokens: true, enforce_pkce: true },
    });
    const client = await app.get(ClientLookup).find(body.client_id);
    const digest = app.get(SecretDigests).digest(body.client_secret);
    expect(client?.secrets).toEqual([{ id: body.secrets[0].id, digest, expiresAt: null }]);
  });

  it('are shown without their secret [O27]', async () => {
    const { body: created } = await tenant.admin.post('/v1/platform/apps', { body: connector });
    const one = await tenant.admin.get(`/v1/platform/apps/${created.client_id}`);
    const all = await tenant.admin.get('/v1/platform/apps');
    expect([one.status, all.status]).toEqual([200, 200]);
    expect(one.body.name).toBe(connector.name);
    for (const { text } of [one, all]) expect(text).not.toContain(created.client_secret);
    expect(one.body).not.toHaveProperty('client_secret');
  });

  it('answer 304 to a reader who has the version', async () => {
    const { body, headers } = await tenant.admin.post('/v1/platform/apps', { body: connector });
    const again = await tenant.admin.get(`/v1/platform/apps/${body.client_id}`, {
      headers: { 'if-none-match': String(headers.etag) },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('refuse unknown members, unknown scopes and bad redirect URIs by their own codes', async () => {
    const post = async (change: object): Promise<unknown> => {
      const { status, body } = await tenant.admin.post('/v1/platform/apps', {
        body: { ...connector, ...change },
      });
      return [status, body.code];
    };
    expect(await post({ tenant_id: 'ten_other' })).toEqual([422, 'validation_failed']);
    expect(await post({ requested_scopes: ['nothing:read'] })).toEqual([422, 'unknown_scope']);
    expect(await post({ requested_scopes: ['platform:apps:write'] })).toEqual([
      422,
      'scope_not_approved',
    ]);
    expect(await post({ redirect_uris: ['http://example.com/cb'] })).toEqual([
      422,
      'invalid_redirect_uri',
    ]);
    expect(await post({ token_endpoint_auth_method: 'none' })).toEqual([422, 'validation_failed']);
    expect(await post({ grant_types: ['refresh_token'] })).toEqual([422, 'validation_failed']);
  });

  it('are listed in pages whose cursor is signed and bound to the tenant [O73]', async () => {
    const other = await app.createTenant();
    for (let n = 0; n < 5; n++)
      await other.admin.post('/v1/platform/apps', { body: { ...connector, name: `app ${n}` } });
    const seen: string[] = [];
    let path: string | undefined = '/v1/platform/apps?limit=2';
    while (path !== undefined) {
      const { body, headers } = await other.admin.get(path);
      seen.push(...body.apps.map(({ name }: { name: string }) => name));
      path = /<([^>]+)>; rel="next"/.exec(String(headers.link ?? ''))?.[1];
    }
    expect(seen).toEqual(['app 4', 'app 3', 'app 2', 'app 1', 'app 0']);
    const { body } = await other.admin.get('/v1/platform/apps?limit=2');
    const cursor = encodeURIComponent(body.next_cursor);
    for (const answer of await Promise.all([
      tenant.admin.get(`/v1/platform/apps?cursor=${cursor}`),
      other.admin.get(`/v1/platform/apps?cursor=${cursor}&status=active`),
      other.admin.get(`/v1/platform/apps?cursor=A${cursor}`),
    ]))
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
  });

  it('of another tenant do not exist: 404, never 403 [O44]', async () => {
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: connector });
    const other = await app.createTenant();
    const answer = await other.admin.get(`/v1/platform/apps/${body.client_id}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

describe('the scope catalogue', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  afterAll(() => app.stop());

  it('names resources, sensitivity and approval, in the reader’s language', async () => {
    const { admin } = await app.createTenant();
    const english = await admin.get('/v1/platform/scopes');
    expect(english.headers['cache-control']).toBe('private, max-age=60');
    expect(english.body.scopes).toContainEqual({
      name: 'webhooks:write',
      description: 'Create and update outbound webhook subscriptions',
      resources: ['https://auth.knogin.com', 'https://api.knogin.com'],
      sensitivity: 'normal',
      approval: 'auto',
      grantable_to: ['client_credentials', 'authorization_code'],
      deprecated: false,
    });
    const german = await admin.get('/v1/platform/scopes', {
      headers: { 'accept-language': 'de-DE,de;q=0.9,en;q=0.8' },
    });
    expect(german.text).toContain('Abonnements');
    const again = await admin.get('/v1/platform/scopes', {
      headers: { 'if-none-match': String(english.headers.etag) },
    });
    expect(again.status).toBe(304);
  });
});

describe('bootstrap', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  afterAll(() => app.stop());

  it('makes the first tenant and owner once, however many try at the same time', async () => {
    const command = app.get(BootstrapCommand);
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        command.run({ tenant: `first-${n}`, 'admin-email': 'o@example.com' }, cliAdministrator()),
      ),
    );
    const done = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(done).toHaveLength(1);
    expect(done[0]?.value).toEqual({
      tenant_id: expect.stringMatching(/^ten_/),
      user_id: expect.stringMatching(/^usr_/),
    });
  });
});
