import { createLogger, Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { OAuthHousekeeping } from '../../src/modules/oauth/usage/housekeeping.job.js';
import { AuthApp } from '../support/auth-app.js';
import { createClient } from '../support/oauth-client.js';
import { enrol } from '../support/people.js';
import { planOf } from '../support/plan-of.js';

describe('housekeeping of grants', () => {
  const clock = new FixedClock();
  let app: AuthApp;

  /** Twenty thousand grants with four refresh tokens each; a code to one in twenty, one in a hundred revoked. */
  beforeAll(async () => {
    app = await AuthApp.start({ clock });
    const tenant = await app.createTenant();
    const person = await enrol(app, tenant, 'anna@example.com');
    const client = await createClient(app, tenant.id);
    const database = app.get(Database);
    await database.execute(
      `INSERT INTO oauth_grant (id, tenant_id, user_id, app_id, session_id, scopes, auth_time, created_at, last_used_at, revoked_at)
       SELECT 'grt_' || n, $1, $2, $3, 'ses', '{}', $4, at, at, CASE WHEN n % 100 = 0 THEN at END
       FROM generate_series(1, 20000) n, LATERAL (SELECT $4::timestamptz - n * interval '1 minute' AS at)`,
      [tenant.id, person.id, client.id, clock.date()],
    );
    await database.execute(
      `INSERT INTO refresh_token (digest, grant_id, created_at)
       SELECT int4send(n) || int4send(m), 'grt_' || n, $1 FROM generate_series(1, 20000) n, generate_series(1, 4) m`,
      [clock.date()],
    );
    await database.execute(
      `INSERT INTO authorization_code (digest, grant_id, app_id, expires_at)
       SELECT int4send(n), 'grt_' || n, $1, $2::timestamptz - n * interval '1 minute' FROM generate_series(1, 1000) n`,
      [client.id, clock.date()],
    );
  });

  afterAll(() => app.stop());

  it('has no refresh pay for it: what one writes is in no index', async () => {
    const indexes = await app
      .get(Database)
      .query(
        `SELECT FROM pg_indexes WHERE tablename = 'oauth_grant' AND indexdef LIKE '%last_used_at%'`,
      );
    expect(indexes).toEqual([]);
  });

  for (const isAnalysed of [false, true]) {
    describe(isAnalysed ? 'with statistics' : 'without statistics', () => {
      beforeAll(async () => {
        if (isAnalysed)
          await app.get(Database).execute('ANALYZE oauth_grant, refresh_token, authorization_code');
      });

      it('finds what is over by its end, however many live', async () => {
        const logger = createLogger({ name: 'test', level: 'silent' });
        const plan = await planOf(app.get(Database), (sql) =>
          new OAuthHousekeeping(sql as Database, clock, logger).run(),
        );
        expect(plan).toContain('using oauth_grant_revoked on oauth_grant');
        expect(plan).toContain('using oauth_grant_created on oauth_grant');
        expect(plan).not.toMatch(/Seq Scan on (oauth_grant|refresh_token|authorization_code)/);
      });
    });
  }
});
