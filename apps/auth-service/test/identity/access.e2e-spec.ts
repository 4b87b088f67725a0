import { Scope } from '#libs/entities';
import { Database } from '#libs/foundation';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { AccessTokenIssuer } from '../../src/modules/oauth/index.js';
import { ScopeCatalogue } from '../../src/modules/identity/index.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};

describe('who may do what', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let base: string;

  beforeAll(async () => {
    app = await AuthApp.start();
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    base = `/v1/platform/apps/${body.client_id}`;
  });

  afterAll(() => app.stop());

  /** A token with every admin scope, so that nothing but role and kind decide. */
  async function tokenOf(use: 'user' | 'service' | 'client', roles: string[]): Promise<string> {
    const scopes = [...(await app.get(ScopeCatalogue).all()).values()];
    const { token } = await app.get(AccessTokenIssuer).issue({
      use,
      subject: use === 'user' ? 'usr_00000000000000000000000000' : base.slice(18),
      tenantId: tenant.id,
      clientId: base.slice(18),
      scopes,
      ttlSeconds: 600,
      alg: 'RS256',
      roles,
    });
    return token;
  }

  const adminRoutes = [
    ['PATCH', '/governance', { enforce_pkce: true }],
    ['POST', '/service-token', { scopes: ['webhooks:write'] }],
    ['POST', '/rotate-secret', {}],
    ['PATCH', '', { redirect_uris: ['https://attacker.example/'] }],
    ['DELETE', '', undefined],
  ] as const;
  /** What an integrator may do beside reading: register, and ask for more. */
  const integratorRoutes = [
    'POST /v1/platform/apps',
    'POST /v1/platform/apps/:client_id/scope-requests',
    // Reads: it looks operations up.
    'POST /v1/platform/apps/:client_id/operation-bundles/check',
  ];

  it('demands the role admin of every route that changes an app, new ones included', () => {
    const open = app.http.routes
      .list()
      .filter(({ path, method }) => path.startsWith('/v1/platform/') && method !== 'GET')
      .filter(({ access }) => access.kind === 'authenticated' && access.role !== 'admin')
      .map(({ path, method }) => `${method} ${path}`);
    expect(open.sort()).toEqual([...integratorRoutes].sort());
  });

  it('keeps a customer admin’s routes from members and from machines', async () => {
    for (const [use, roles] of [
      ['user', ['member']],
      ['client', []],
    ] as const) {
      const token = await tokenOf(use, [...roles]);
      for (const [method, path, body] of adminRoutes) {
        const answer = await app.public.send(method, base + path, {
          token,
          ...(body ? { body } : {}),
        });
        expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'role_required']);
      }
      const audit = await app.public.get('/v1/platform/audit-log', { token });
      expect(audit.body.code).toBe('role_required');
    }
  });

  it('[O38] takes no scope for another that begins, ends or is spelled like it', async () => {
    const known = (await app.get(ScopeCatalogue).all()).get('webhooks:read');
    if (!known) throw new Error('the catalogue has webhooks:read');
    const statusWith = async (...names: string[]): Promise<number> => {
      const { token } = await app.get(AccessTokenIssuer).issue({
        use: 'client',
        subject: base.slice(18),
        tenantId: tenant.id,
        clientId: base.slice(18),
        scopes: names.map((name) => Object.assign(new Scope(), known, { name })),
        ttlSeconds: 600,
        alg: 'RS256',
      });
      return (await app.public.get('/v1/webhooks', { token })).status;
    };
    expect(await statusWith('webhooks:read')).toBe(200);
    expect(await statusWith('webhooks:write')).toBe(200);
    for (const name of [
      'webhooks:read:all',
      'webhooks:write:all',
      'webhooks',
      'all:webhooks:read',
      'WEBHOOKS:READ',
      'webhooks:readwrite',
    ])
      expect([name, await statusWith(name)]).toEqual([name, 403]);
  });

  it('opens them to an owner as to an admin', async () => {
    const token = await tokenOf('user', ['owner']);
    const { status } = await app.public.post(`${base}/rotate-secret`, { token });
    expect(status).toBe(200);
  });

  it('lets no service token mint or rotate, even one with every scope and role [O67]', async () => {
    const token = await tokenOf('service', ['owner', 'admin']);
    for (const [path, body] of [
      ['/service-token', { scopes: ['webhooks:write'] }],
      ['/rotate-secret', {}],
    ] as const) {
      const answer = await app.public.post(base + path, { token, body });
      expect([answer.status, answer.body.code]).toEqual([403, 'service_token_not_allowed']);
    }
  });
});

describe('a shutdown in the middle of changes', () => {
  it('answers no change without its audit entry, and loses none [O75]', async () => {
    const app = await AuthApp.start();
    const second = await AuthApp.start({
      database: app.database,
      environment: { ...app.environment },
    });
    const tenant = await second.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    const path = `/v1/platform/apps/${body.client_id}/governance`;
    const changes = Array.from({ length: 30 }, () =>
      tenant.admin.patch(path, { body: { enforce_pkce: true } }).then(
        ({ status }) => status,
        () => 'cut off',
      ),
    );
    // The first has been answered: the others are under way when the listener stops accepting.
    await Promise.race(changes);
    await second.stop();
    const answered = (await Promise.all(changes)).filter((outcome) => outcome === 200).length;
    const [row] = await app.get(Database).query<{ entries: number; versions: number }>(
      `SELECT (SELECT count(*)::int FROM audit_log WHERE action = 'app.governance.updated' AND target_id = $1) AS entries,
           (SELECT version - 1 FROM platform_app WHERE id = $1) AS versions`,
      [body.client_id],
    );
    expect(answered).toBeGreaterThan(0);
    expect(row?.entries).toBe(row?.versions);
    expect(row?.entries).toBeGreaterThanOrEqual(answered);
    await app.stop();
  });
});
