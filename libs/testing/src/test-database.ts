import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '#libs/entities';
import { testServer, type TestServer } from './test-server.js';

/** Any number; everyone who builds the template takes the same one. */
const TEMPLATE_LOCK = 20_261_123;

/**
 * A migrated, empty database for one suite, cloned from a template that the first suite of the run builds.
 *
 *     const database = await TestDatabase.create();
 *     afterAll(() => database.drop());
 */
export class TestDatabase {
  private constructor(
    readonly url: string,
    readonly name: string,
    private readonly server: TestServer,
  ) {}

  static async create(): Promise<TestDatabase> {
    const server = testServer();
    const name = `${server.prefix}_${randomBytes(6).toString('hex')}`;
    await withAdmin(server, async (admin) => {
      const template = await ensureTemplate(admin, server);
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    });
    return new TestDatabase(urlOf(server, name), name, server);
  }

  /** Returns once so many sessions, at least, wait for a lock. */
  async lockWaits(count: number): Promise<void> {
    await withAdmin(this.server, async (admin) => {
      let waiting = 0;
      while (waiting < count) {
        const { rows } = await admin.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
          [this.name],
        );
        waiting = rows[0]?.waiting ?? 0;
      }
    });
  }

  /** Ends the sessions that a suite has left open. Harmless when called twice. */
  async drop(): Promise<void> {
    await withAdmin(this.server, (admin) =>
      admin.query(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`),
    );
  }
}

async function ensureTemplate(admin: pg.Client, server: TestServer): Promise<string> {
  const template = `${server.prefix}_template`;
  await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      template,
    ]);
    if (rowCount === 0) await buildTemplate(admin, server, template);
  } finally {
    await admin.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
  return template;
}

/** Renamed once it is complete, so that a template is never a half-migrated one. */
async function buildTemplate(admin: pg.Client, server: TestServer, name: string): Promise<void> {
  const building = `${name}_building`;
  await admin.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${building}`);
  await migrate(urlOf(server, building));
  await admin.query(`ALTER DATABASE ${building} RENAME TO ${name}`);
}

async function withAdmin<T>(
  server: TestServer,
  work: (admin: pg.Client) => Promise<T>,
): Promise<T> {
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(server: TestServer, database: string): string {
  const url = new URL(server.adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
