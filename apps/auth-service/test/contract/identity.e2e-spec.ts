import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

/** The documented examples of "Identität und App-Registrierung" and of the service tokens, request for request. */
describe('the public contract: identity and app registration', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let clientId: string;
  let headers: Record<string, string>;

  beforeAll(async () => {
    app = await AuthApp.start();
    tenant = await app.createTenant();
    headers = { Authorization: `Bearer ${tenant.adminToken}` };
    const { body } = await app.public.post('/v1/platform/apps', {
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: `{
    "name": "Case sync connector",
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "requested_scopes": ["webhooks:write"]
  }`,
    });
    expect(body).toMatchObject({
      client_id: expect.stringMatching(/^app_/),
      client_secret: expect.stringMatching(/^kng_cs_/),
      grant_types: ['client_credentials'],
      requested_scopes: ['webhooks:write'],
    });
    clientId = body.client_id;
  });

  afterAll(() => app.stop());

  it('GET /v1/platform/scopes', async () => {
    const { status, body } = await app.public.get('/v1/platform/scopes', { headers });
    expect(status).toBe(200);
    expect(body.scopes).toContainEqual(
      expect.objectContaining({
        name: 'webhooks:write',
        description: 'Create and update outbound webhook subscriptions',
      }),
    );
  });

  it('GET /v1/platform/apps', async () => {
    const { status, body } = await app.public.get('/v1/platform/apps', { headers });
    expect(status).toBe(200);
    expect(body.apps).toEqual([expect.objectContaining({ client_id: clientId })]);
  });

  it('GET /v1/platform/apps/{client_id}', async () => {
    const { status, body } = await app.public.get(`/v1/platform/apps/${clientId}`, { headers });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      client_id: clientId,
      name: 'Case sync connector',
      grant_types: ['client_credentials'],
      governance: { allow_service_tokens: true },
    });
  });

  it('PATCH /v1/platform/apps/{client_id}/governance', async () => {
    const { status, body } = await app.public.patch(`/v1/platform/apps/${clientId}/governance`, {
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: `{
    "allow_service_tokens": true,
    "enforce_pkce": true
  }`,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      client_id: clientId,
      governance: { allow_service_tokens: true, enforce_pkce: true },
    });
  });

  it('POST /v1/platform/apps/{client_id}/service-token', async () => {
    const { status, body } = await app.public.post(`/v1/platform/apps/${clientId}/service-token`, {
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: `{
    "scopes": ["webhooks:write"]
  }`,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('POST /v1/platform/apps/{client_id}/rotate-secret', async () => {
    const { status, body } = await app.public.post(`/v1/platform/apps/${clientId}/rotate-secret`, {
      headers,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      client_id: clientId,
      client_secret: expect.stringMatching(/^kng_cs_/),
    });
  });
});
