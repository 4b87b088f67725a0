import { FixedClock } from '#libs/testing';
import { createOpaqueToken, Database } from '#libs/foundation';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';

describe('POST /v1/oauth/revoke and /v1/oauth/introspect', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let client: ClientUnderTest;
  let server: { id: string; secret: string };

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    tenant = await app.createTenant();
    client = await createClient(app, tenant.id);
    const operator = await app.asOperator();
    const body = { name: 'Case archive', resource: 'https://api.knogin.com' };
    const created = await operator.post('/v1/resource-servers', { body });
    expect(created.status).toBe(201);
    server = created.body;
  });

  afterAll(() => app.stop());

  const introspect = (token: string, by = server): ReturnType<typeof app.public.post> =>
    app.public.post('/v1/oauth/introspect', {
      form: { token, client_id: by.id, client_secret: by.secret },
    });
  const revoke = (
    token: string,
    by: { id: string; secret: string } = client,
    more: Record<string, string> = {},
  ): ReturnType<typeof app.public.post> =>
    app.public.post('/v1/oauth/revoke', {
      form: { token, client_id: by.id, client_secret: by.secret, ...more },
    });

  it('[O17] tells a resource server what a live token is', async () => {
    const { body: token } = await client.token();
    const { status, body, headers } = await introspect(token.access_token);
    expect([status, headers['cache-control'], headers.pragma]).toEqual([
      200,
      'no-store',
      'no-cache',
    ]);
    expect(body).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: 'https://auth.knogin.com',
      sub: client.id,
      aud: ['https://auth.knogin.com', 'https://api.knogin.com'],
      client_id: client.id,
      tenant_id: tenant.id,
      token_use: 'client',
      scope: 'webhooks:write',
      jti: expect.any(String),
      iat: clock.seconds(),
      exp: clock.seconds() + 3600,
    });
  });

  it('[O69] tells nothing to a client, and nothing of a token for another resource', async () => {
    const { body: token } = await client.token();
    const asClient = await introspect(token.access_token, client);
    expect([asClient.status, asClient.body.error]).toEqual([401, 'invalid_client']);
    const { body: elsewhere } = await client.token({ resource: 'https://auth.knogin.com' });
    for (const text of [elsewhere.access_token, 'nonsense', createOpaqueToken('rt')])
      expect((await introspect(text)).body).toEqual({ active: false });
    clock.advance(3_606_000);
    expect((await introspect(token.access_token)).body).toEqual({ active: false });
  });

  it('[O69] tells a resource server the scopes of its own resource alone', async () => {
    const operator = await app.asOperator();
    const { body: auth } = await operator.post('/v1/resource-servers', {
      body: { name: 'Console', resource: 'https://auth.knogin.com' },
    });
    // A token of both resources, with scopes of both and scopes of one.
    const { adminToken } = await app.createTenant();
    const own = await introspect(adminToken, auth);
    expect(own.body.scope).toContain('platform:apps:write');
    const other = await introspect(adminToken);
    expect(other.body).toMatchObject({ active: true, scope: 'webhooks:read webhooks:write' });
    expect(other.text).not.toContain('platform:');
  });

  it('[O34] leaves out a scope that the admin has taken away, and a suspended app altogether', async () => {
    const other = await createClient(app, tenant.id, {
      approved_scopes: ['webhooks:read', 'webhooks:write'],
    });
    const { body: token } = await other.token();
    const { dataSource } = app.get(Database);
    await dataSource.query(
      `UPDATE platform_app SET approved_scopes = '{webhooks:read}' WHERE id = $1`,
      [other.id],
    );
    expect((await introspect(token.access_token)).body.scope).toBe('webhooks:read');
    await dataSource.query(`UPDATE platform_app SET status = 'suspended' WHERE id = $1`, [
      other.id,
    ]);
    expect((await introspect(token.access_token)).body).toEqual({ active: false });
  });

  it.each([
    ['that is no longer published to its tenant', "published_to = '{}'"],
    ['that machines are no longer granted', "grantable_to = '{authorization_code}'"],
  ])('[O34] leaves out a scope %s', async (_, change) => {
    const other = await createClient(app, tenant.id, {
      approved_scopes: ['webhooks:read', 'webhooks:write'],
    });
    const { body: token } = await other.token();
    const { dataSource } = app.get(Database);
    const [before] = await dataSource.query(
      `SELECT published_to, grantable_to FROM scope WHERE name = 'webhooks:write'`,
    );
    await dataSource.query(`UPDATE scope SET ${change} WHERE name = 'webhooks:write'`);
    // The catalogue is read every five seconds.
    clock.advance(5_000);
    const { body } = await introspect(token.access_token);
    await dataSource.query(
      `UPDATE scope SET published_to = $1, grantable_to = $2 WHERE name = 'webhooks:write'`,
      [before.published_to, before.grantable_to],
    );
    clock.advance(5_000);
    expect(body.scope).toBe('webhooks:read');
  });

  it('registers a resource server for a resource that tokens are for, and no other', async () => {
    const operator = await app.asOperator();
    for (const resource of ['https://api.knogin.com/', 'https://elsewhere.example']) {
      const body = { name: 'Case archive', resource };
      const refused = await operator.post('/v1/resource-servers', { body });
      expect([refused.status, refused.body.code]).toEqual([422, 'validation_failed']);
      expect(refused.body.errors).toEqual([
        {
          pointer: '/resource',
          code: 'invalid_target',
          message: 'Give https://auth.knogin.com or https://api.knogin.com, letter by letter.',
        },
      ]);
    }
  });

  it('ends when the resource server is deleted', async () => {
    const operator = await app.asOperator();
    const body = { name: 'Brief', resource: 'https://api.knogin.com' };
    const { body: brief } = await operator.post('/v1/resource-servers', { body });
    const listed = await operator.get('/v1/resource-servers');
    expect(listed.text).toContain(brief.id);
    expect(listed.text).not.toContain(brief.secret);
    expect((await operator.delete(`/v1/resource-servers/${brief.id}`)).status).toBe(204);
    expect((await introspect('x', brief)).status).toBe(401);
    expect((await operator.delete(`/v1/resource-servers/${brief.id}`)).status).toBe(404);
  });

  it('kills an access token of the client at once', async () => {
    const { body: token } = await client.token();
    const caller = app.public.withToken(token.access_token);
    expect((await caller.get('/v1/platform/scopes')).status).toBe(403);
    const { status, text, headers } = await revoke(token.access_token);
    expect([status, text, headers['cache-control']]).toEqual([200, '', 'no-store']);
    const { status: after, body } = await caller.get('/v1/platform/scopes');
    expect([after, body.code]).toEqual([401, 'token_revoked']);
    expect((await introspect(token.access_token)).body).toEqual({ active: false });
  });

  it('[O70] answers 200 to an unknown token, an unknown hint and a wrong hint', async () => {
    expect((await revoke('nonsense')).status).toBe(200);
    expect((await revoke(createOpaqueToken('rt'))).status).toBe(200);
    const { body: token } = await client.token();
    expect((await revoke(token.access_token, client, { token_type_hint: 'banana' })).status).toBe(
      200,
    );
    expect((await introspect(token.access_token)).body.active).toBe(false);
    const { body: other } = await client.token();
    await revoke(other.access_token, client, { token_type_hint: 'refresh_token' });
    expect((await introspect(other.access_token)).body.active).toBe(false);
  });

  it('leaves another client’s token alone, and says 200', async () => {
    const stranger = await createClient(app, tenant.id);
    const { body: token } = await client.token();
    expect((await revoke(token.access_token, stranger)).status).toBe(200);
    expect((await introspect(token.access_token)).body.active).toBe(true);
  });

  it('[O16] [O18] [O21] fail in the shape of RFC 6749', async () => {
    for (const path of ['/v1/oauth/revoke', '/v1/oauth/introspect']) {
      const form = { token: 'x', client_id: 'app_x', client_secret: createOpaqueToken('cs') };
      const { status, body, headers } = await app.public.post(path, { form });
      expect([status, body.error, headers['www-authenticate'], headers['cache-control']]).toEqual([
        401,
        'invalid_client',
        'Basic realm="knogin"',
        'no-store',
      ]);
      const json = await app.public.post(path, { body: form });
      expect([json.status, json.body.error]).toEqual([400, 'invalid_request']);
    }
    const missing = await app.public.post('/v1/oauth/revoke', {
      form: { client_id: client.id, client_secret: client.secret },
    });
    expect([missing.status, missing.body.error]).toEqual([400, 'invalid_request']);
  });
});
