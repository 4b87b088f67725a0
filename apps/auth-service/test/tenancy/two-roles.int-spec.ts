import { randomBytes } from 'node:crypto';
import { migrate } from '#libs/entities';
import { Database } from '#libs/foundation';
import { FixedClock, TestDatabase } from '#libs/testing';
import pg from 'pg';
import { AuditRetention } from '../../src/modules/identity/index.js';
import { Maintenance } from '../../src/modules/webhooks/worker/maintenance.js';
import { Relay } from '../../src/modules/webhooks/worker/relay.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const DAY_MS = 86_400_000;
const suffix = randomBytes(4).toString('hex');
const ownerRole = `owner_${suffix}`;
const appRole = `app_${suffix}`;

describe('with DATABASE_MIGRATION_URL, the role of DATABASE_URL', () => {
  let superuser: pg.Client;
  let database: TestDatabase;
  let ownerUrl: string;
  let appUrl: string;
  let app: AuthApp;
  let tenant: TenantUnderTest;
  // Old by the clock of the database too, which judges what may be pruned.
  const clock = new FixedClock(Date.UTC(2021, 2, 23, 12));

  beforeAll(async () => {
    database = await TestDatabase.create();
    superuser = new pg.Client({ connectionString: database.url });
    await superuser.connect();
    ownerUrl = await createRole(ownerRole);
    appUrl = await createRole(appRole);
    // An empty database of the owner's, as the manual says.
    await superuser.query(
      `DROP SCHEMA public CASCADE; DROP SCHEMA bullmq CASCADE;
       ALTER DATABASE ${database.name} OWNER TO ${ownerRole};
       CREATE SCHEMA public AUTHORIZATION ${ownerRole}`,
    );
    await migrate(appUrl, ownerUrl);
    app = await AuthApp.start({ clock, database, environment: { DATABASE_URL: appUrl } });
    await app.get(Maintenance).runOnce();
    tenant = await app.createTenant();
  });

  afterAll(async () => {
    await app.stop();
    await superuser.query(`DROP OWNED BY ${appRole}, ${ownerRole} CASCADE`);
    await superuser.end();
    await database.drop();
    await withServer(`DROP ROLE ${appRole}, ${ownerRole}`);
  });

  async function createRole(role: string): Promise<string> {
    await superuser.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'test';
    return url.href;
  }

  /** Roles outlive the database of a suite. */
  async function withServer(statement: string): Promise<void> {
    const url = new URL(database.url);
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  it.each([
    `UPDATE audit_log SET action = 'x'`,
    'DELETE FROM audit_log',
    `WITH on_purpose AS (SELECT set_config('knogin.audit_prune', 'on', false)) DELETE FROM audit_log`,
    'TRUNCATE audit_log',
    'ALTER TABLE audit_log DISABLE TRIGGER ALL',
    'DROP TABLE audit_log',
  ])('is not permitted: %s', async (statement) => {
    await expect(app.get(Database).execute(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('registers an app, takes an event and fans it out', async () => {
    const { status, body } = await tenant.admin.post('/v1/platform/apps', {
      body: { name: 'x', grant_types: ['client_credentials'] },
    });
    expect(status).toBe(201);
    const webhook = await tenant.admin.post('/v1/webhooks', {
      body: {
        app_id: body.client_id,
        url: 'https://receiver.example/hook',
        events: ['incident.updated'],
      },
    });
    expect(webhook.status).toBe(201);
    const operator = await app.asOperator();
    const event = await operator.post('/v1/events', {
      body: { tenant_id: tenant.id, type: 'incident.updated', data: { id: 'inc_1' } },
    });
    expect(event.status).toBe(202);
    await app.get(Relay).runOnce();
    const rows = await app.get(Database).query('SELECT 1 FROM event');
    expect(rows).toHaveLength(1);
  });

  it('runs the workers, which keep their queues in PostgreSQL', async () => {
    const environment = { ...app.environment, WORKER_ROLE: 'all' };
    const worker = await AuthApp.start({ clock, database, environment });
    await worker.stop();
    const kept = await app.get(Database).query('SELECT 1 FROM bullmq.scheduler');
    expect(kept.length).toBeGreaterThan(0);
    expect(worker.log()).not.toContain('permission denied');
  });

  it('creates the partitions of days to come and drops those of days past', async () => {
    const days = async (): Promise<string[]> =>
      (
        await app
          .get(Database)
          .query<{ name: string }>(
            `SELECT relname AS name FROM pg_class WHERE relname ~ '^event_\\d{8}$' ORDER BY relname`,
          )
      ).map(({ name }) => name);
    expect((await days())[0]).toBe('event_20210322');
    clock.advance(60 * DAY_MS);
    await app.get(Maintenance).runOnce();
    expect((await days())[0]).toBe('event_20210521');
  });

  it('prunes the audit log behind its checkpoint', async () => {
    clock.advance(401 * DAY_MS);
    const admin = await app.adminOf(tenant.slug);
    await admin.post('/v1/platform/apps', {
      body: { name: 'y', grant_types: ['client_credentials'] },
    });
    expect(await app.get(AuditRetention).prune()).toBeGreaterThanOrEqual(3);
    expect((await app.get(AuditRetention).verify(tenant.id)).brokenAtSeq).toBeNull();
  });

  it('cannot have pruned what is younger than 400 days by the clock of the database', async () => {
    const sql = app.get(Database);
    await sql.execute(
      `INSERT INTO audit_log SELECT tenant_id, seq + 1, now() - interval '399 days', actor_kind, actor_id, action, target_kind,
         target_id, ip, user_agent, request_id, before, after, hash, hash
       FROM audit_log WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1`,
      [tenant.id],
    );
    await sql.execute('UPDATE audit_checkpoint SET seq = 1000 WHERE tenant_id = $1', [tenant.id]);
    await expect(sql.query('SELECT prune_audit_log($1)', [tenant.id])).rejects.toThrow('400 days');
  });

  it('can drop nothing but the partitions of days', async () => {
    for (const name of ['audit_log', 'event', 'event_dedupe_0', 'nothing_20210101'])
      await expect(
        app.get(Database).query('SELECT drop_day_partition($1)', [name]),
      ).rejects.toThrow('is no partition of a day');
  });

  it('is migrated again beside what the application has made', async () => {
    await expect(migrate(appUrl, ownerUrl)).resolves.toEqual([]);
  });

  it('is refused where it could change the audit log all the same', async () => {
    await expect(migrate(ownerUrl, ownerUrl)).rejects.toThrow(/neither a superuser, nor the owner/);
    await superuser.query(`GRANT ${ownerRole} TO ${appRole}`);
    await expect(migrate(appUrl, ownerUrl)).rejects.toThrow('still change the audit log');
    await superuser.query(`REVOKE ${ownerRole} FROM ${appRole}`);
  });
});
