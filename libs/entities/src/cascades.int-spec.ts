import { TestDatabase } from '#libs/testing';
import pg from 'pg';

describe('foreign keys that delete along', () => {
  it('have an index to find the rows by, so that no delete reads a whole table', async () => {
    const database = await TestDatabase.create();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        `SELECT conrelid::regclass || '.' || conname AS name FROM pg_constraint
         WHERE contype = 'f' AND confdeltype = 'c' AND connamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND indpred IS NULL)`,
      );
      expect(rows).toEqual([]);
    } finally {
      await client.end();
      await database.drop();
    }
  });
});
