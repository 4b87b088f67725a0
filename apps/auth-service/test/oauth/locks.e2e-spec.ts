import { Database, Ids } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import pg from 'pg';
import { TenantChanges, UserChanges } from '../../src/modules/identity/index.js';
import { UsageRecorder } from '../../src/modules/oauth/usage/usage-recorder.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { addSecret, type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { enrol } from '../support/people.js';

/** One order for everything that locks (ADR 21): apps, secrets, grants and sessions by id, service tokens by jti. */
describe('changes of apps at the same time', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let client: ClientUnderTest;
  let other: pg.Client;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock,
      environment: { RATE_LIMIT_SCALE: '0', DATABASE_POOL_SIZE: '10' },
    });
  });

  afterAll(() => app.stop());

  beforeEach(async () => {
    tenant = await app.createTenant();
    client = await createClient(app, tenant.id);
    other = new pg.Client({ connectionString: app.database.url });
    await other.connect();
  });

  afterEach(() => other.end());

  const suspendTenant = (): Promise<unknown> =>
    app.get(TenantChanges).update(cliAdministrator(), tenant.id, { status: 'suspended' });
  const suspend = (): Promise<ApiAnswer> =>
    tenant.admin.patch(`/v1/platform/apps/${client.id}/governance`, {
      body: { status: 'suspended' },
    });
  const remove = (): Promise<ApiAnswer> => tenant.admin.delete(`/v1/platform/apps/${client.id}`);
  const rotate = (): Promise<ApiAnswer> =>
    tenant.admin.post(`/v1/platform/apps/${client.id}/rotate-secret`, { body: {} });
  const useNoSecret = (): Promise<ApiAnswer> =>
    tenant.admin.patch(`/v1/platform/apps/${client.id}`, {
      body: {
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        redirect_uris: ['https://integrator.example/callback'],
      },
    });

  const createGrant = async (): Promise<string> => {
    const person = await enrol(app, tenant, 'anna@example.com');
    const id = app.get(Ids).create('grt');
    await app.get(Database).execute(
      `INSERT INTO oauth_grant (id, tenant_id, user_id, app_id, session_id, scopes, auth_time, created_at, last_used_at)
       VALUES ($1, $2, $3, $4, 'ses', '{}', $5, $5, $5)`,
      [id, tenant.id, person.id, client.id, clock.date()],
    );
    return id;
  };
  /** Service tokens that lie in the table, and come by age, the other way round than by jti. */
  const createTokens = async (): Promise<string[]> => {
    const jtis = [1, 2, 3].map((n) => `${client.id}_${n}`);
    await app.get(Database).execute(
      `INSERT INTO service_token (id, app_id, tenant_id, jti, scopes, created_by, created_at, expires_at)
       SELECT jti, $2, $3, jti, '{}', 'test', $4::timestamptz + n * interval '1 s', $4::timestamptz + interval '1 day'
       FROM unnest($1::text[]) WITH ORDINALITY AS token (jti, n) ORDER BY n DESC`,
      [jtis, client.id, tenant.id, clock.date()],
    );
    return jtis;
  };
  /** Secrets that lie in the table the other way round than by id. */
  const createSecrets = async (): Promise<string[]> => {
    clock.advance(-1);
    const { secretId } = await addSecret(app, tenant.id, client.id);
    clock.advance(1);
    return [secretId, client.secretId];
  };
  /** Takes rows one after the other, in the order that is everybody's, while the change waits for the first. */
  const crosswise = async <T>(
    rows: readonly (readonly [table: string, key: string])[],
    change: () => Promise<T>,
  ): Promise<T> => {
    const column = (table: string): string => (table === 'service_token' ? 'jti' : 'id');
    const lock = ([table, key]: readonly [string, string]): Promise<unknown> =>
      other.query(`SELECT FROM ${table} WHERE ${column(table)} = $1 FOR NO KEY UPDATE`, [key]);
    const [first, ...rest] = rows;
    await other.query('BEGIN');
    if (first) await lock(first);
    const changed = change();
    await app.database.lockWaits(1);
    for (const row of rest) await lock(row);
    await other.query('COMMIT');
    return changed;
  };
  const of = (table: string, keys: readonly string[]): [string, string][] =>
    keys.map((key) => [table, key]);

  it('take a grant before its session, also with a login in the place of somebody else', async () => {
    const grant = await createGrant();
    const bert = await enrol(app, tenant, 'bert@example.com');
    const browser = new Browser(app.public);
    const signIn = async (email: string): Promise<ApiAnswer> => {
      const form = await browser.get('/login');
      return browser.submit(form, { email, organisation: tenant.slug, password: bert.password });
    };
    await signIn('anna@example.com');
    const [session] = await app.get(Database).query<{ id: string }>(
      `UPDATE oauth_grant SET session_id = user_session.id FROM user_session
       WHERE oauth_grant.id = $1 AND user_session.user_id = oauth_grant.user_id RETURNING user_session.id`,
      [grant],
    );
    const rows = [
      ['oauth_grant', grant],
      ['user_session', session?.id ?? ''],
    ] as const;
    expect((await crosswise(rows, () => signIn(bert.email))).status).toBe(303);
  });

  it('take an app before its grants and tokens, also with the suspension of its tenant', async () => {
    const grant = await createGrant();
    const [token = ''] = await createTokens();
    const rows = [
      ['platform_app', client.id],
      ['oauth_grant', grant],
      ['service_token', token],
    ] as const;
    await crosswise(rows, suspendTenant);
    const ended = await app.get(Database).query(
      `SELECT id FROM oauth_grant WHERE id = $1 AND revoked_at IS NOT NULL
       UNION ALL SELECT jti FROM service_token WHERE jti = $2 AND revoked_at IS NOT NULL`,
      [grant, token],
    );
    expect(ended).toEqual([{ id: grant }, { id: token }]);
  });

  it('take the apps of a tenant in the order of ids', async () => {
    const { id } = await createClient(app, tenant.id);
    await app
      .get(Database)
      .execute('UPDATE platform_app SET name = name WHERE id = $1', [client.id]);
    await crosswise(of('platform_app', [client.id, id]), suspendTenant);
    const versions = await app
      .get(Database)
      .query('SELECT version FROM platform_app WHERE tenant_id = $1', [tenant.id]);
    expect(versions).toEqual([{ version: 2 }, { version: 2 }]);
  });

  it.each([
    ['suspension of the app', suspend],
    ['deletion of the app', remove],
    ['suspension of the tenant', suspendTenant],
    [
      'ban on service tokens',
      () =>
        tenant.admin.patch(`/v1/platform/apps/${client.id}/governance`, {
          body: { allow_service_tokens: false },
        }),
    ],
  ])('take service tokens by jti, as their use is written: %s', async (_what, change) => {
    const jtis = await createTokens();
    await crosswise(of('service_token', jtis), change);
    const live = 'SELECT FROM service_token WHERE jti = ANY ($1) AND revoked_at IS NULL';
    expect(await app.get(Database).query(live, [jtis])).toEqual([]);
  });

  it.each([
    ['rotation', rotate, 200],
    ['deletion of the app', remove, 204],
    ['change to a public client', useNoSecret, 200],
  ])('take secrets by id, as their use is written: %s', async (_what, change, status) => {
    const ids = await createSecrets();
    expect((await crosswise(of('client_secret', ids), change)).status).toBe(status);
  });

  it.each([
    ['suspension of the tenant', suspendTenant],
    [
      'suspension of the user',
      (user: string) =>
        app.get(UserChanges).update(cliAdministrator(), tenant.id, user, { status: 'suspended' }),
    ],
  ])('take sessions by id: %s', async (_what, change) => {
    const { id } = await enrol(app, tenant, 'anna@example.com');
    const ids = [1, 2].map((n) => `${id}_${n}`);
    await app.get(Database).execute(
      `INSERT INTO user_session (id, digest, tenant_id, user_id, auth_time, ip, user_agent, created_at, last_seen_at, expires_at)
       SELECT id, id::bytea, $2, $3, $4, '', '', $4::timestamptz + n * interval '1 s', $4, $4::timestamptz + interval '1 day'
       FROM unnest($1::text[]) WITH ORDINALITY AS session (id, n) ORDER BY n DESC`,
      [ids, tenant.id, id, clock.date()],
    );
    await crosswise(of('user_session', ids), () => change(id));
    const left = 'SELECT FROM user_session WHERE id = ANY ($1)';
    expect(await app.get(Database).query(left, [ids])).toEqual([]);
  });

  it('let the use of a secret be written while a notice of it is', async () => {
    const { secretId } = client;
    await other.query('BEGIN');
    // As the foreign key of `secret_notice` does.
    await other.query('SELECT FROM client_secret WHERE id = $1 FOR KEY SHARE', [secretId]);
    const usage = app.get(UsageRecorder);
    usage.secretUsed(secretId);
    await usage.flush();
    await other.query('ROLLBACK');
    const used = 'SELECT last_used_at FROM client_secret WHERE id = $1';
    expect(await app.get(Database).query(used, [secretId])).toEqual([
      { last_used_at: clock.date() },
    ]);
  });
});
