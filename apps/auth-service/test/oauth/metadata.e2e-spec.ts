import { AuthApp } from '../support/auth-app.js';

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
  });
});
