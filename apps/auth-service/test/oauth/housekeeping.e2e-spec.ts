import { Database, Ids } from '#libs/foundation';
import { FixedClock, TestDatabase } from '#libs/testing';
import { OAuthHousekeeping } from '../../src/modules/oauth/usage/housekeeping.job.js';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { createClient } from '../support/oauth-client.js';
import { enrol } from '../support/people.js';

const dayMs = 86_400_000;

describe('housekeeping', () => {
  it('deletes what is over, and keeps what can still be used', async () => {
    const clock = new FixedClock();
    const app = await AuthApp.start({ clock });
    try {
      const tenant = await app.createTenant();
      const person = await enrol(app, tenant, 'anna@example.com');
      const client = await createClient(app, tenant.id, { grant_types: ['authorization_code'] });
      const database = app.get(Database);
      await new Browser(app.public).get('/login');
      const grant = async (refresh: boolean, revokedAt?: Date): Promise<void> => {
        const id = app.get(Ids).create('grt');
        await database.execute(
          `INSERT INTO oauth_grant (id, tenant_id, user_id, app_id, session_id, scopes, auth_time, created_at, last_used_at, revoked_at)
           VALUES ($1, $2, $3, $4, 'ses', '{}', $5, $5, $5, $6)`,
          [id, tenant.id, person.id, client.id, clock.date(), revokedAt ?? null],
        );
        await database.execute(
          'INSERT INTO authorization_code (digest, grant_id, app_id, expires_at) VALUES ($1, $2, $3, $4)',
          [Buffer.from(id), id, client.id, clock.date()],
        );
        if (refresh)
          await database.execute(
            'INSERT INTO refresh_token (digest, grant_id, created_at) VALUES ($1, $2, $3)',
            [Buffer.from(id), id, clock.date()],
          );
      };
      await grant(true);
      await grant(false);
      await grant(true, clock.date());
      const counts = async (): Promise<Record<string, number>> => {
        const tables = [
          'user_session',
          'one_time_link',
          'authorization_code',
          'refresh_token',
          'oauth_grant',
        ];
        const rows = await Promise.all(
          tables.map((table) =>
            database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`),
          ),
        );
        return Object.fromEntries(tables.map((table, index) => [table, rows[index]?.[0]?.n ?? 0]));
      };
      const before = await counts();
      await app.get(OAuthHousekeeping).run();
      expect(await counts()).toEqual(before);
      clock.advance(3 * dayMs);
      await app.get(OAuthHousekeeping).run();
      expect(await counts()).toEqual({
        user_session: 0,
        one_time_link: 0,
        authorization_code: 0,
        refresh_token: 1,
        oauth_grant: 1,
      });
      // No governance lets a refresh token grow older than a year.
      clock.advance(364 * dayMs);
      await app.get(OAuthHousekeeping).run();
      expect(await counts()).toMatchObject({ refresh_token: 1, oauth_grant: 1 });
      clock.advance(2 * dayMs);
      await app.get(OAuthHousekeeping).run();
      expect(await counts()).toMatchObject({ refresh_token: 0, oauth_grant: 0 });
    } finally {
      await app.stop();
    }
  });
});

describe('housekeeping of a great deal', () => {
  it('takes a thousand rows at a time, and all of them in the end', async () => {
    const clock = new FixedClock();
    const app = await AuthApp.start({ clock });
    try {
      const database = app.get(Database);
      await database.execute(
        `INSERT INTO client_assertion (app_id, jti_digest, expires_at)
         SELECT 'app', int4send(n), $1 FROM generate_series(1, 2500) AS n`,
        [clock.date()],
      );
      clock.advance(dayMs);
      const execute = jest.spyOn(database, 'execute');
      await app.get(OAuthHousekeeping).run();
      const counts = await Promise.all(
        execute.mock.calls.map(([text], index) =>
          JSON.stringify(text).includes('client_assertion')
            ? execute.mock.results[index]?.value
            : 0,
        ),
      );
      expect(counts.filter((count) => count !== 0)).toEqual([1_000, 1_000, 500]);
      expect(await database.query('SELECT FROM client_assertion')).toEqual([]);
    } finally {
      await app.stop();
    }
  });
});

describe('a graceful stop', () => {
  it('[O75] writes what was counted, and answers what is in flight', async () => {
    const database = await TestDatabase.create();
    const clock = new FixedClock();
    const environment = {
      RATE_LIMIT_SCALE: '0',
      KEY_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    };
    try {
      const app = await AuthApp.start({ database, clock, environment });
      const tenant = await app.createTenant();
      const client = await createClient(app, tenant.id, {
        governance: { token_quota_per_day: 100 },
      });
      await client.token();
      const inFlight = Array.from({ length: 20 }, () => client.token());
      await Promise.race(inFlight);
      const [answers] = await Promise.all([Promise.allSettled(inFlight), app.stop()]);
      const issued = answers.filter(
        (answer) => answer.status === 'fulfilled' && answer.value.status === 200,
      ).length;
      const again = await AuthApp.start({ database, clock, environment });
      const [secret] = await again
        .get(Database)
        .query('SELECT last_used_at FROM client_secret WHERE id = $1', [client.secretId]);
      expect(secret).toEqual({ last_used_at: clock.date() });
      const [quota] = await again
        .get(Database)
        .query<{ count: string }>(
          `SELECT count FROM token_quota WHERE app_id = $1 AND period = 'day'`,
          [client.id],
        );
      expect(Number(quota?.count)).toBe(issued + 1);
      await again.stop();
    } finally {
      await database.drop();
    }
  });
});
