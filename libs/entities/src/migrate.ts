import { ConfigError } from '#libs/foundation';
import { runMigrations as runQueueMigrations } from 'bullmq';
import pg from 'pg';
import { grantToApplicationRole } from './application-role.js';
import { createDataSource } from './data-source.js';

/** The schema of BullMQ's own tables. Migrated always, so that Redis can come and go. */
export const QUEUE_SCHEMA = 'bullmq';

/**
 * A change of a table waits for those who use it, and everybody else behind it: so not for long.
 */
const boundLocks = (client: pg.ClientBase): Promise<unknown> =>
  client.query("SET lock_timeout = '5s'");
const LOCK_NOT_AVAILABLE = '55P03';

const lockKey = 0x6b6e6f67; // 'knog'

/**
 * Brings a database to today's schema: ours, then BullMQ's. Safe to run from several processes at once.
 * @param migrationUrl of a role of its own that owns the schema; the role of `databaseUrl` then gets what it needs
 *   on it, and cannot change the audit log
 * @returns the names of our migrations that ran now
 * @throws ConfigError where a table was in use for too long; what is done by then stays done
 */
export async function migrate(databaseUrl: string, migrationUrl?: string): Promise<string[]> {
  const ownerUrl = migrationUrl ?? databaseUrl;
  const lock = new pg.Client({ connectionString: ownerUrl });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [lockKey]);
    await boundLocks(lock);
    const dataSource = await createDataSource(ownerUrl, 2, boundLocks).initialize();
    try {
      const ran = await dataSource.runMigrations({ transaction: 'each' });
      await runQueueMigrations(lock, QUEUE_SCHEMA);
      if (migrationUrl !== undefined) await grantToApplicationRole(lock, QUEUE_SCHEMA, databaseUrl);
      return ran.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new ConfigError(
      'A table was in use for longer than 5 s, so that its change was given up: run it again, at a quieter time if need be.',
    );
  } finally {
    await lock.end();
  }
}
