import { TestDatabase } from '#libs/testing';
import pg from 'pg';
import { sealedColumns } from './reseal.js';

/** Sealed, but for seconds or minutes: left to expire before the previous key goes. */
const shortLived = ['idempotency_key.body', 'refresh_token.successor_sealed'];
/** Digests, signatures, public keys, a random seed, and bytes as they came or went. */
const unsealed = [
  'audit_checkpoint.hash',
  'audit_checkpoint.signature',
  'audit_log.hash',
  'audit_log.prev_hash',
  'tenant_webhook_key.public',
  'user_session.successor_seed',
];
const unsealedName = /(digest|_hash|^event\.body|^event_outbox\.body|^webhook_.*\.(body|resp))$/;

describe('the columns that are sealed anew', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
  });

  afterAll(() => database.drop());

  it('are all that hold a box for good: every bytea column of the schema is known here', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname || '.' || attname AS name FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       WHERE atttypid = 'bytea'::regtype AND relkind IN ('r', 'p') AND NOT relispartition
         AND relnamespace = 'public'::regnamespace`,
    );
    await client.end();
    const boxes = rows
      .map(({ name }) => name)
      .filter((name) => !unsealed.includes(name) && !unsealedName.test(name));
    const resealed = sealedColumns.map(({ table, column }) => `${table}.${column}`);
    expect(boxes.sort()).toEqual([...resealed, ...shortLived].sort());
  });
});
