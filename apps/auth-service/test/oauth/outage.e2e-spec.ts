import { createOpaqueToken } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { Cable, TestDatabase } from '#libs/testing';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';

describe('while the database is away', () => {
  let database: TestDatabase;
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let client: ClientUnderTest;
  let server: { id: string; secret: string };
  let token: string;
  let cable: Cable;

  beforeAll(async () => {
    database = await TestDatabase.create();
    cable = await Cable.to(database.url);
    app = await AuthApp.start({ database, environment: { DATABASE_URL: cable.url } });
    tenant = await app.createTenant();
    client = await createClient(app, tenant.id);
    const operator = await app.asOperator();
    const body = { name: 'Case archive', resource: 'https://api.knogin.com' };
    server = (await operator.post('/v1/resource-servers', { body })).body;
    token = (await client.token()).body.access_token as string;
  });

  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const post = (path: string, by: { id: string; secret: string }) =>
    app.public.post(path, { form: { token, client_id: by.id, client_secret: by.secret } });

  it('neither introspection nor revocation guesses while revocations cannot be read', async () => {
    const stale = jest.spyOn(app.get(RevocationFeed), 'isStale').mockReturnValue(true);
    for (const [path, by] of [
      ['/v1/oauth/introspect', server],
      ['/v1/oauth/revoke', client],
    ] as const) {
      const { status, body, headers } = await app.public.post(path, {
        form: { token: tenant.adminToken, client_id: by.id, client_secret: by.secret },
      });
      expect([status, body.error, headers['retry-after']]).toEqual([
        503,
        'temporarily_unavailable',
        '5',
      ]);
    }
    stale.mockRestore();
  });

  it('every OAuth endpoint says 503 and when to come back, in the shape of RFC 6749', async () => {
    await cable.cut();
    const answers = [
      await client.token(),
      await post('/v1/oauth/revoke', client),
      await post('/v1/oauth/introspect', server),
      await app.public.post('/v1/oauth/token', {
        form: {
          grant_type: 'authorization_code',
          code: createOpaqueToken('ac'),
          client_id: client.id,
          client_secret: client.secret,
        },
      }),
    ];
    for (const { status, body, headers } of answers)
      expect([status, body, headers['retry-after'], headers['cache-control']]).toEqual([
        503,
        { error: 'temporarily_unavailable', error_description: 'Try again later.' },
        '5',
        'no-store',
      ]);
  });

  it('a resource route says so as problem+json, and a page as a page', async () => {
    const { status, body, headers } = await tenant.admin.get('/v1/platform/apps');
    expect([status, body.code, headers['retry-after'], headers['content-type']]).toEqual([
      503,
      'temporarily_unavailable',
      '5',
      'application/problem+json',
    ]);
    const page = await app.public.get('/login');
    expect([page.status, page.headers['retry-after']]).toEqual([503, '5']);
    expect(page.text).toContain('Try again later.');
  });

  it('operators still read the metrics, but for what the database would tell', async () => {
    const { status, text } = await app.operator.get('/metrics');
    expect(status).toBe(200);
    for (const line of [
      'webhook_lanes_active 0',
      'webhook_outbox_lag_seconds Nan',
      'oauth_tokens_issued_total{grant_type="client_credentials"} 1',
      'http_requests_total{listener="public",method="GET",route="/login",status="5xx"} 1',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toContain('process_cpu_seconds_total');
    expect(app.log()).toContain('"metric":"webhook_outbox_lag_seconds"');
  });
});
