import { Database } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { type ApiClient, FixedClock } from '#libs/testing';
import { AuditRetention } from '../../src/modules/identity/index.js';
import { ChangeUserCommand } from '../../src/modules/ops/cli/change-user.command.js';
import { CreateUserCommand } from '../../src/modules/ops/cli/create-user.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { TenantStatusCommand } from '../../src/modules/ops/cli/tenant-status.command.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

describe('the operator listener', () => {
  let app: AuthApp;
  let clock: FixedClock;
  let operator: ApiClient;
  let tenant: TenantUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start();
    clock = app.clock as FixedClock;
  });

  beforeEach(async () => {
    operator = await app.asOperator();
    tenant = await app.createTenant();
  });

  afterAll(() => app.stop());

  it('creates, lists and changes tenants', async () => {
    const created = await operator.post('/v1/tenants', { body: { slug: 'acme', name: 'Acme' } });
    expect(created.status).toBe(201);
    const taken = await operator.post('/v1/tenants', { body: { slug: 'acme' } });
    expect([taken.status, taken.body.code]).toEqual([409, 'conflict']);
    const { body: list } = await operator.get('/v1/tenants?slug=acme');
    expect(list.tenants).toEqual([created.body]);
    const limited = await operator.patch(`/v1/tenants/${tenant.id}`, { body: { app_limit: 0 } });
    expect(limited.body.app_limit).toBe(0);
    const refused = await tenant.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'] },
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'app_limit_reached']);
  });

  it('sets a tenant’s governance: default and ceiling of every app', async () => {
    const { body: created } = await tenant.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'], requested_scopes: ['webhooks:read'] },
    });
    const path = `/v1/platform/apps/${created.client_id}`;
    const { body: minted } = await tenant.admin.post(`${path}/service-token`, {
      body: { scopes: ['webhooks:read'] },
    });
    const governance = { access_token_ttl_seconds: 600, allow_service_tokens: false };
    const { status } = await operator.patch(`/v1/tenants/${tenant.id}`, { body: { governance } });
    expect(status).toBe(200);
    const { headers, body } = await tenant.admin.get(path);
    expect([headers.etag, body.governance]).toMatchObject(['"2"', governance]);
    await app.get(RevocationFeed).refresh();
    const used = await app.public.get('/v1/platform/apps', { token: minted.token });
    expect(used.body.code).toBe('token_revoked');
    const typo = await operator.patch(`/v1/tenants/${tenant.id}`, {
      body: { governance: { enforce_pcke: true } },
    });
    expect([typo.status, typo.body.code]).toEqual([422, 'unknown_governance_flag']);
  });

  it('suspends a tenant with every token it has', async () => {
    clock.advance(1_000);
    const command = app.get(TenantStatusCommand);
    await command.run({ slug: tenant.slug, to: 'suspended', as: 'ada' }, cliAdministrator());
    await app.get(RevocationFeed).refresh();
    expect((await tenant.admin.get('/v1/platform/apps')).body.code).toBe('token_revoked');
    const { body } = await operator.get(`/v1/audit-log/${tenant.id}`);
    expect(body.entries[0].actor).toEqual({ kind: 'cli', id: 'opr:ada' });
  });

  it('keeps people and their roles, and always one owner', async () => {
    const users = `/v1/tenants/${tenant.id}/users`;
    const owner = await operator.post(users, { body: { email: 'O@example.com', role: 'owner' } });
    expect([owner.status, owner.body.email]).toEqual([201, 'O@example.com']);
    const twice = await operator.post(users, { body: { email: 'o@EXAMPLE.com', role: 'member' } });
    expect([twice.status, twice.body.code]).toEqual([409, 'conflict']);
    const last = await operator.patch(`${users}/${owner.body.id}`, { body: { role: 'member' } });
    expect([last.status, last.body.code]).toEqual([409, 'conflict']);
    const by = cliAdministrator();
    const person = { tenant: tenant.slug, email: 'm@example.com' };
    await app.get(CreateUserCommand).run({ ...person, role: 'member' }, by);
    await app.get(ChangeUserCommand).run({ ...person, role: 'owner' }, by);
    const demoted = await operator.patch(`${users}/${owner.body.id}`, { body: { role: 'admin' } });
    expect(demoted.body.role).toBe('admin');
    const { body: list } = await operator.get(`${users}?role=owner`);
    expect(list.users.map(({ email }: { email: string }) => email)).toEqual(['m@example.com']);
    const other = await app.createTenant();
    const foreign = await operator.patch(`/v1/tenants/${other.id}/users/${owner.body.id}`, {
      body: { role: 'owner' },
    });
    expect(foreign.status).toBe(404);
  });

  it('gives users ids that no client can have [O45]', async () => {
    const { body: user } = await operator.post(`/v1/tenants/${tenant.id}/users`, {
      body: { email: 'a@example.com', role: 'member' },
    });
    const { body: created } = await tenant.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'] },
    });
    expect([user.id.slice(0, 4), created.client_id.slice(0, 4)]).toEqual(['usr_', 'app_']);
  });

  it.each([
    ['evidence.moved', { schema: { type: 'nonsense' } }, '/schema'],
    ['evidence.moved', { sensitivity: 'sensitive', approval: 'auto' }, '/approval'],
    ['webhook.failing', { schema: { type: 'object' } }, '/schema'],
    ['webhook.backlog', { published_to: [] }, '/published_to'],
  ])('refuses %s with %j', async (name, members, pointer) => {
    const body = {
      description_en: 'Evidence was moved',
      description_de: 'Ein Beweis wurde verlegt',
      sensitivity: 'normal',
      approval: 'auto',
      ...members,
    };
    const answer = await operator.put(`/v1/event-types/${name}`, { body });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  });

  it('extends the catalogue of event types, and approvals open the sensitive ones', async () => {
    const type = {
      description_en: 'Evidence was added',
      description_de: 'Ein Beweis kam hinzu',
      sensitivity: 'sensitive',
      approval: 'tenant_admin',
    };
    const put = await operator.put('/v1/event-types/evidence.added', { body: type });
    expect([put.status, put.body]).toMatchObject([200, { name: 'evidence.added', thin: false }]);
    const { body: catalogue } = await operator.get('/v1/event-types');
    expect(catalogue.event_types.map(({ name }: { name: string }) => name)).toContain(
      'evidence.added',
    );
    const { body: created } = await tenant.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'] },
    });
    const approvals = `/v1/platform/apps/${created.client_id}/event-approvals`;
    expect((await tenant.admin.put(`${approvals}/evidence.added`)).status).toBe(200);
    expect((await tenant.admin.put(`${approvals}/evidence.added`)).status).toBe(200);
    expect((await tenant.admin.put(`${approvals}/evidence.missing`)).body.code).toBe(
      'unknown_event',
    );
    expect((await tenant.admin.get(approvals)).body.approvals).toHaveLength(1);
    expect((await tenant.admin.delete(`${approvals}/evidence.added`)).status).toBe(204);
    expect((await tenant.admin.delete(`${approvals}/evidence.added`)).status).toBe(404);
  });

  it('hides a scope from tenants it is not published to', async () => {
    const scope = {
      description_en: 'Beta',
      description_de: 'Beta',
      resources: ['api'],
      sensitivity: 'normal',
      approval: 'auto',
      grantable_to: ['client_credentials'],
      published_to: [tenant.id],
    };
    await operator.put('/v1/scopes/beta:read', { body: scope });
    clock.advance(5_000);
    const other = await app.createTenant();
    const names = async (reader: ApiClient): Promise<string[]> =>
      (await reader.get('/v1/platform/scopes')).body.scopes.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names(tenant.admin)).toContain('beta:read');
    expect(await names(other.admin)).not.toContain('beta:read');
    const asked = await other.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'], requested_scopes: ['beta:read'] },
    });
    expect(asked.body.code).toBe('unknown_scope');
  });

  it('is not reached through the public listener, nor with a tenant’s token', async () => {
    expect((await app.public.get('/v1/tenants', { token: tenant.adminToken })).status).toBe(404);
    const { status, body } = await app.operator.get('/v1/tenants', { token: tenant.adminToken });
    expect([status, body.code]).toEqual([401, 'invalid_token']);
  });
});

describe('the audit log', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;

  beforeAll(async () => {
    // The database keeps 400 days by its own clock, so what is pruned must be old by that one too.
    app = await AuthApp.start({ clock: new FixedClock(Date.UTC(2021, 2, 23, 12)) });
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    await tenant.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'] },
      headers: { 'user-agent': 'curl/8' },
    });
  });

  afterAll(() => app.stop());

  it('tells the tenant’s admins who did what, in pages', async () => {
    const { status, body } = await tenant.admin.get('/v1/platform/audit-log?limit=1');
    expect(status).toBe(200);
    expect(body.entries).toEqual([
      expect.objectContaining({
        seq: 3,
        action: 'app.created',
        actor: { kind: 'principal', id: expect.stringMatching(/^app_/) },
        ip: '127.0.0.1',
        user_agent: 'curl/8',
        after: expect.objectContaining({ name: 'x' }),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    ]);
    const cursor = encodeURIComponent(body.next_cursor);
    const next = await tenant.admin.get(`/v1/platform/audit-log?limit=2&cursor=${cursor}`);
    expect(next.body.entries.map(({ action }: { action: string }) => action)).toEqual([
      'admin_token.issued',
      'tenant.created',
    ]);
    const filtered = await tenant.admin.get('/v1/platform/audit-log?action=tenant.created');
    expect(filtered.body.entries).toHaveLength(1);
  });

  it('refuses UPDATE, DELETE and TRUNCATE', async () => {
    const database = app.get(Database);
    for (const statement of [
      `UPDATE audit_log SET action = 'x'`,
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
    ])
      await expect(database.execute(statement)).rejects.toThrow('append-only');
  });

  it('is one unbroken chain a tenant, also when fifty write at once', async () => {
    const { body } = await tenant.admin.get('/v1/platform/apps');
    const path = `/v1/platform/apps/${body.apps[0].client_id}/governance`;
    await Promise.all(
      Array.from({ length: 50 }, () => tenant.admin.patch(path, { body: { enforce_pkce: true } })),
    );
    expect(await app.get(AuditRetention).verify(tenant.id)).toEqual({
      entries: 53,
      brokenAtSeq: null,
    });
  });

  it.each([
    ['at', `at + interval '1 second'`],
    ...['actor_kind', 'actor_id', 'action', 'target_kind', 'target_id', 'ip', 'user_agent'].map(
      (column) => [column, `'altered'`],
    ),
    ['request_id', `'altered'`],
    ['before', `'{"name":"altered"}'`],
    ['after', `'{"name":"altered"}'`],
    ['prev_hash', `sha256('altered')`],
    ['hash', `sha256('altered')`],
  ])('tells where its %s was altered past the trigger', async (column, altered) => {
    const database = app.get(Database);
    const change = async (value: string): Promise<void> =>
      database.transaction(async (transaction) => {
        await transaction.execute('ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only');
        await transaction.execute(
          `UPDATE audit_log SET "${column}" = ${value} WHERE tenant_id = $1 AND seq = 3`,
          [tenant.id],
        );
        await transaction.execute('ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only');
      });
    await database.execute(
      `CREATE TABLE kept AS SELECT * FROM audit_log WHERE tenant_id = '${tenant.id}'`,
    );
    await change(altered);
    const { brokenAtSeq } = await app.get(AuditRetention).verify(tenant.id);
    await change(`(SELECT "${column}" FROM kept WHERE seq = 3)`);
    await database.execute('DROP TABLE kept');
    expect(brokenAtSeq).toBe(3);
    expect((await app.get(AuditRetention).verify(tenant.id)).brokenAtSeq).toBeNull();
  });

  it('is pruned after 400 days behind a signed checkpoint, and still a chain', async () => {
    const database = app.get(Database);
    const retention = app.get(AuditRetention);
    (app.clock as FixedClock).advance(401 * 86_400_000);
    const fresh = await app.adminOf(tenant.slug);
    await fresh.post('/v1/platform/apps', {
      body: { name: 'y', grant_types: ['client_credentials'] },
    });
    expect(await retention.prune()).toBeGreaterThanOrEqual(3);
    expect(await retention.verify(tenant.id)).toEqual({ entries: 2, brokenAtSeq: null });
    await database.execute('UPDATE audit_checkpoint SET seq = seq + 1 WHERE tenant_id = $1', [
      tenant.id,
    ]);
    expect((await retention.verify(tenant.id)).brokenAtSeq).not.toBeNull();
    await database.execute(`UPDATE audit_checkpoint SET signature = 'short' WHERE tenant_id = $1`, [
      tenant.id,
    ]);
    expect((await retention.verify(tenant.id)).brokenAtSeq).not.toBeNull();
  });
});
