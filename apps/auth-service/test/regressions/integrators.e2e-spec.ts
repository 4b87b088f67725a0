import { Database } from '#libs/foundation';
import { AdminTokenCommand } from '../../src/modules/ops/cli/admin-token.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { LeakedSecrets, TenantChanges } from '../../src/modules/identity/index.js';
import { Browser } from '../support/browser.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};
const web = {
  name: 'Portal',
  grant_types: ['authorization_code'],
  redirect_uris: ['https://portal.example.com/cb'],
};

/** What integrators and their admins met, and must not meet again. */
describe('what integrators met', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { RATE_LIMIT_SCALE: '0' } });
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
  });

  afterAll(() => app.stop());

  const register = async (body: unknown = machine) =>
    (await tenant.admin.post('/v1/platform/apps', { body })).body;
  const pointers = (body: { errors?: { pointer: string }[] }): string[] =>
    (body.errors ?? []).map(({ pointer }) => pointer);

  it('writing back what GET shows of an app changes nothing', async () => {
    const { client_id: id, client_secret: secret } = await register();
    const path = `/v1/platform/apps/${id}`;
    const { body: shown } = await tenant.admin.get(path);
    const { name, grant_types, redirect_uris, requested_scopes, application_type } = shown;
    const { token_endpoint_auth_method, jwks, contacts, policy_uri } = shown;
    const all = { name, grant_types, redirect_uris, requested_scopes, application_type };
    const { status } = await tenant.admin.patch(path, {
      body: { ...all, token_endpoint_auth_method, jwks, contacts, policy_uri },
    });
    expect([status, token_endpoint_auth_method]).toEqual([200, 'client_secret_basic']);
    const form = { grant_type: 'client_credentials' };
    const inBody = await app.public.post('/v1/oauth/token', {
      form: { ...form, client_id: id, client_secret: secret },
    });
    const basic = await app.public.post('/v1/oauth/token', {
      form,
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    });
    expect([inBody.status, basic.status]).toEqual([200, 200]);
  });

  it('a member __proto__ is refused, at any depth', async () => {
    const { client_id: id } = await register();
    const governance = await tenant.admin.patch(`/v1/platform/apps/${id}/governance`, {
      body: JSON.parse('{"__proto__":{"enforce_pkce":false}}'),
    });
    expect([governance.status, pointers(governance.body)]).toEqual([422, ['/__proto__']]);
    const app_ = await tenant.admin.post('/v1/platform/apps', {
      body: JSON.parse(
        '{"name":"x","grant_types":["client_credentials"],"jwks":{"keys":[],"__proto__":1}}',
      ),
    });
    expect([app_.status, pointers(app_.body)]).toEqual([422, ['/jwks/keys', '/jwks/__proto__']]);
  });

  it('an unknown scope is named where the request has it', async () => {
    const { client_id: id } = await register();
    const path = `/v1/platform/apps/${id}`;
    const asked = await tenant.admin.post(`${path}/scope-requests`, {
      body: { scopes: ['webhooks:read', 'nothing:such'], justification: 'x' },
    });
    expect(pointers(asked.body)).toEqual(['/scopes/1']);
    const patched = await tenant.admin.patch(path, {
      body: { requested_scopes: ['webhooks:write', 'nothing:such'] },
    });
    expect(pointers(patched.body)).toEqual(['/requested_scopes/1']);
  });

  it('a redirect URI whose query holds what the answer is told by is refused', async () => {
    for (const parameter of ['code', 'state', 'iss', 'error', 'error_description']) {
      const { status, body } = await tenant.admin.post('/v1/platform/apps', {
        body: { ...web, redirect_uris: [`https://portal.example.com/cb?a=1&${parameter}=x`] },
      });
      expect([parameter, status, body.code]).toEqual([parameter, 422, 'invalid_redirect_uri']);
    }
    const similar = await tenant.admin.post('/v1/platform/apps', {
      body: { ...web, redirect_uris: ['https://portal.example.com/cb?encode=1'] },
    });
    expect(similar.status).toBe(201);
  });

  it('the only secret that does not expire is not deleted', async () => {
    const { client_id: id } = await register();
    const path = `/v1/platform/apps/${id}`;
    const { body } = await tenant.admin.post(`${path}/rotate-secret`);
    const refused = await tenant.admin.delete(`${path}/secrets/${body.secret_id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'last_secret']);
    const old = await tenant.admin.delete(`${path}/secrets/${body.previous[0].id}`);
    expect(old.status).toBe(204);
  });

  it('a retry under a renewed CLI token rotates once', async () => {
    const { client_id: id } = await register();
    const rotate = async () =>
      (await app.adminOf(tenant.slug, 'alice')).post(`/v1/platform/apps/${id}/rotate-secret`, {
        headers: { 'idempotency-key': 'once' },
      });
    const [first, again] = [await rotate(), await rotate()];
    expect(again.body.client_secret).toBe(first.body.client_secret);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('two CLI tokens of one name are one pair of eyes', async () => {
    const operator = await app.asOperator();
    await operator.patch(`/v1/tenants/${tenant.id}`, { body: { four_eyes: true } });
    const { client_id: id } = await register();
    const path = `/v1/platform/apps/${id}/scope-requests`;
    const alice = await app.adminOf(tenant.slug, 'alice');
    const { body: request } = await alice.post(path, {
      body: { scopes: ['incidents:write'], justification: 'x' },
    });
    const again = await app.adminOf(tenant.slug, 'alice');
    const own = await again.post(`${path}/${request.id}/approve`);
    expect([own.status, own.body.code]).toEqual([403, 'self_approval']);
    const bob = await app.adminOf(tenant.slug, 'bob');
    expect((await bob.post(`${path}/${request.id}/approve`)).status).toBe(200);
  });

  it('no admin token is minted for a suspended tenant, and none of before works', async () => {
    await app.get(TenantChanges).update(cliAdministrator(), tenant.id, { status: 'suspended' });
    const minting = app.get(AdminTokenCommand).run({ tenant: tenant.slug }, cliAdministrator());
    await expect(minting).rejects.toThrow('is suspended');
  });

  it('the metadata names the documentation', async () => {
    const { body } = await app.public.get('/.well-known/oauth-authorization-server');
    expect(body.service_documentation).toBe('https://knogin.com/api/docs');
  });

  it('the ETag of an app changes with what it shows, and If-Match asks for the version', async () => {
    const { client_id: id } = await register();
    const path = `/v1/platform/apps/${id}`;
    const before = String((await tenant.admin.get(path)).headers.etag);
    expect(before).toBe('"1"');
    await app
      .get(Database)
      .execute('UPDATE client_secret SET last_used_at = $2 WHERE app_id = $1', [
        id,
        app.clock.date(),
      ]);
    const after = await tenant.admin.get(path, { headers: { 'if-none-match': before } });
    expect(after.status).toBe(200);
    const tag = String(after.headers.etag);
    const same = await tenant.admin.get(path, { headers: { 'if-none-match': tag } });
    expect([same.status, tag]).toEqual([304, expect.stringMatching(/^"1\./)]);
    const changed = await tenant.admin.patch(path, {
      body: { name: 'Renamed' },
      headers: { 'if-match': tag },
    });
    expect(changed.status).toBe(200);
    const stale = await tenant.admin.patch(path, {
      body: { name: 'Again' },
      headers: { 'if-match': tag },
    });
    expect(stale.status).toBe(412);
  });

  it('pages speak the language that the app asks for', async () => {
    const { client_id: id } = await register({ ...web, requested_scopes: ['webhooks:read'] });
    const browser = new Browser(app.public);
    const query = `response_type=code&client_id=${id}&scope=webhooks:read&code_challenge=${'a'.repeat(43)}`;
    const page = await browser.follow(
      await browser.get(
        `/v1/oauth/authorize?${query}&code_challenge_method=S256&ui_locales=fr%20de-AT`,
      ),
    );
    expect(page.headers['content-language']).toBe('de');
    const again = await browser.submit(page, { email: 'x@example.com', password: 'wrong' });
    expect([again.status, again.headers['content-language']]).toEqual([401, 'de']);
  });

  it('an error page says which request it was', async () => {
    const { text, headers } = await app.public.get('/v1/oauth/authorize?client_id=nobody');
    expect(text).toContain(String(headers['x-request-id']));
  });

  it('the secret of a resource server that was found in public ends', async () => {
    const operator = await app.asOperator();
    const { body: server } = await operator.post('/v1/resource-servers', {
      body: { name: 'reports', resource: 'https://api.knogin.com' },
    });
    const facts = { ...cliAdministrator().request, startedAtMs: 0 };
    expect(await app.get(LeakedSecrets).revoke(server.secret, facts)).toBe(true);
    expect(await app.get(LeakedSecrets).revoke(server.secret, facts)).toBe(false);
    expect((await operator.get('/v1/resource-servers')).body.resource_servers).toEqual([]);
  });

  it('a name holds nothing that is not seen, and a limit is digits', async () => {
    for (const name of ['Case\u202Ecnys', 'Case\u200Bsync', 'Case\u2028sync']) {
      const { status } = await tenant.admin.post('/v1/platform/apps', {
        body: { ...machine, name },
      });
      expect([name, status]).toEqual([name, 422]);
    }
    for (const limit of ['0x10', '1e2', '%205', '0', '201', '+5'])
      expect([limit, (await tenant.admin.get(`/v1/platform/apps?limit=${limit}`)).status]).toEqual([
        limit,
        400,
      ]);
    expect((await tenant.admin.get('/v1/platform/apps?limit=200')).status).toBe(200);
  });

  it('a PATCH may call itself a merge patch, and nothing else may', async () => {
    const { client_id: id } = await register();
    const path = `/v1/platform/apps/${id}`;
    const headers = { 'content-type': 'application/merge-patch+json' };
    const governance = { body: { enforce_pkce: true }, headers };
    expect((await tenant.admin.patch(path, { body: { name: 'New' }, headers })).status).toBe(200);
    expect((await tenant.admin.patch(`${path}/governance`, governance)).status).toBe(200);
    const post = await tenant.admin.post('/v1/platform/apps', { body: machine, headers });
    expect(post.status).toBe(415);
  });
});
