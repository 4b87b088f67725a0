import { ConfigError } from '#libs/foundation';
import type { DataSource } from 'typeorm';
import { migrations } from './migrations/index.js';

/**
 * Refuses to run on a schema that is older than this version: it would start, look well, and fail at the first
 * statement that needs what is missing. A newer schema is fine, so that an upgrade can migrate first.
 * @throws ConfigError one sentence for the operator
 */
export async function assertSchemaIsCurrent(dataSource: DataSource): Promise<void> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM schema_migration');
  const applied = new Set(rows.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !applied.has(name)).length;
  if (missing === 0) return;
  throw new ConfigError(
    `The schema of the database is older than this version by ${missing} migration${missing === 1 ? '' : 's'}: run \`npm run cli -- migrate\` first.`,
  );
}
