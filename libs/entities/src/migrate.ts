import { runMigrations as runQueueMigrations } from 'bullmq';
import pg from 'pg';
import { grantToApplicationRole } from './application-role.js';
import { createDataSource } from './data-source.js';

/** The schema of BullMQ's own tables. Migrated always, so that Redis can come and go. */
export const QUEUE_SCHEMA = 'bullmq';

const lockKey = 0x6b6e6f67; // 'knog'

/**
 * Brings a database to today's schema: ours, then BullMQ's. Safe to run from several processes at once.
 * @param migrationUrl of a role of its own that owns the schema; the role of `databaseUrl` then gets what it needs
 *   on it, and cannot change the audit log
 * @returns the names of our migrations that ran now
 */
export async function migrate(databaseUrl: string, migrationUrl?: string): Promise<string[]> {
  const ownerUrl = migrationUrl ?? databaseUrl;
  const lock = new pg.Client({ connectionString: ownerUrl });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [lockKey]);
    const dataSource = await createDataSource(ownerUrl, 2).initialize();
    try {
      const ran = await dataSource.runMigrations({ transaction: 'each' });
      await runQueueMigrations(lock, QUEUE_SCHEMA);
      if (migrationUrl !== undefined) await grantToApplicationRole(lock, QUEUE_SCHEMA, databaseUrl);
      return ran.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}
