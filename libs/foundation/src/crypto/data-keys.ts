import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Sql } from '../database/database.js';
import type { SecretBox } from './secret-box.js';

/** Keys that protect data and outlive a rotation of the key-encryption key. */
export type DataKeyName = 'secret-pepper' | 'cursor' | 'audit-checkpoint';

/**
 * The 32 random bytes stored under a name, made at first use. Instances that start together agree: one inserts,
 * all read.
 */
export async function loadDataKey(
  sql: Sql,
  box: SecretBox,
  clock: Clock,
  name: DataKeyName,
): Promise<Buffer> {
  await sql.execute(
    'INSERT INTO data_key (name, sealed, created_at) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM data_key WHERE name = $1) ON CONFLICT DO NOTHING',
    [name, box.seal(randomBytes(32), contextOf(name)), clock.date()],
  );
  const [row] = await sql.query<{ sealed: Buffer }>('SELECT sealed FROM data_key WHERE name = $1', [
    name,
  ]);
  if (!row) throw new Error(`the data key ${name} vanished while it was read`);
  return box.open(row.sealed, contextOf(name));
}

const contextOf = (name: DataKeyName): string => `data_key:${name}`;
