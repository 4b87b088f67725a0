import { decodeJwt } from 'jose';
import { AuthConfig } from '../../src/config.js';
import { AuthApp } from '../support/auth-app.js';
import { createClient } from '../support/oauth-client.js';

describe('metadata', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  afterAll(() => app.stop());

  it('[O52] names the configured issuer, whatever Host says', async () => {
    const { status, body, headers } = await app.public.get(
      '/.well-known/oauth-authorization-server',
      {
        headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
      },
    );
    expect([status, body.issuer, headers['access-control-allow-origin']]).toEqual([
      200,
      'https://auth.knogin.com',
      '*',
    ]);
    expect(JSON.stringify(body)).not.toContain('evil');
    expect(headers['cache-control']).toBe('public, max-age=300');
  });

  it('[O52] signs that very issuer into tokens, and redirects with it, whatever Host says', async () => {
    const tenant = await app.createTenant();
    const client = await createClient(app, tenant.id, {
      grant_types: ['client_credentials', 'authorization_code'],
      redirect_uris: ['https://integrator.example/cb'],
    });
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    const { body } = await app.public.get('/.well-known/oauth-authorization-server', { headers });
    const form = {
      grant_type: 'client_credentials',
      client_id: client.id,
      client_secret: client.secret,
    };
    const token = await app.public.post('/v1/oauth/token', { form, headers });
    expect(decodeJwt(token.body.access_token as string).iss).toBe(body.issuer);
    const query = `client_id=${client.id}&response_type=nonsense&prompt=none`;
    const redirect = await app.public.get(`/v1/oauth/authorize?${query}`, { headers });
    const { searchParams } = new URL(String(redirect.headers.location));
    expect(searchParams.get('iss')).toBe(body.issuer);
    const slashed = { AUTH_ISSUER: 'https://auth.knogin.com/' };
    const environment = { ...app.environment, ...slashed };
    expect(() => AuthConfig.fromEnvironment(environment)).toThrow('AUTH_ISSUER');
  });

  it('[O53] names only grants and ways of authentication that work', async () => {
    const { body } = await app.public.get('/.well-known/oauth-authorization-server');
    const tenant = await app.createTenant();
    const client = await createClient(app, tenant.id, {
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      redirect_uris: ['https://integrator.example/cb'],
    });
    for (const grant_type of body.grant_types_supported as string[]) {
      const answer = await client.token({ grant_type });
      const outcome = grant_type === 'client_credentials' ? undefined : 'invalid_request';
      expect([grant_type, answer.body.error]).toEqual([grant_type, outcome]);
    }
    // private_key_jwt, with every algorithm that is named, has a suite of its own.
    expect(body.token_endpoint_auth_methods_supported).toEqual([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ]);
    const operator = await app.asOperator();
    const { body: server } = await operator.post('/v1/resource-servers', {
      body: { name: 'Archive', resource: 'https://api.knogin.com' },
    });
    const basic = (id: string, secret: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    });
    for (const [path, id, secret] of [
      ['/v1/oauth/revoke', client.id, client.secret],
      ['/v1/oauth/introspect', server.id as string, server.secret as string],
    ] as const) {
      const post = { form: { token: 'x', client_id: id, client_secret: secret } };
      expect((await app.public.post(path, post)).status).toBe(200);
      const header = { form: { token: 'x' }, headers: basic(id, secret) };
      expect((await app.public.post(path, header)).status).toBe(200);
    }
    const open = await createClient(app, tenant.id, {
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: ['https://integrator.example/cb'],
    });
    const revoked = await app.public.post('/v1/oauth/revoke', {
      form: { token: 'x', client_id: open.id },
    });
    expect(revoked.status).toBe(200);
  });

  it('[O53] names only endpoints that exist, and no registration', async () => {
    const { body } = await app.public.get('/.well-known/oauth-authorization-server');
    for (const [name, url] of Object.entries(body)) {
      if (!name.endsWith('_endpoint')) continue;
      const path = String(url).slice(String(body.issuer).length);
      expect([name, (await app.public.post(path, { form: {} })).status]).not.toEqual([name, 404]);
    }
    expect((await app.public.get(new URL(body.jwks_uri).pathname)).status).toBe(200);
    expect(body.registration_endpoint).toBeUndefined();
    expect((await app.public.get('/.well-known/openid-configuration')).status).toBe(404);
    expect(body.scopes_supported).toContain('webhooks:write');
    expect(body.scopes_supported).not.toContain('platform:apps:write');
  });

  it('describes the resource that the bearer challenge points to', async () => {
    const { headers } = await app.public.get('/v1/platform/scopes');
    const [, url] = /resource_metadata="([^"]+)"/.exec(String(headers['www-authenticate'])) ?? [];
    expect(url).toBe('https://auth.knogin.com/.well-known/oauth-protected-resource');
    const { body } = await app.public.get('/.well-known/oauth-protected-resource');
    expect(body).toMatchObject({
      resource: 'https://auth.knogin.com',
      authorization_servers: ['https://auth.knogin.com'],
      bearer_methods_supported: ['header'],
    });
    // Keys of the resource's own (RFC 9728 section 2), of which it has none.
    expect(body).not.toHaveProperty('jwks_uri');
  });
});
