import { TestDatabase } from '#libs/testing';
import pg from 'pg';
import { migrate } from './migrate.js';

it('gives up where a table stays in use, and says so', async () => {
  const database = await TestDatabase.create();
  const user = new pg.Client({ connectionString: database.url });
  await user.connect();
  await user.query('BEGIN; LOCK TABLE schema_migration IN ACCESS EXCLUSIVE MODE');
  try {
    await expect(migrate(database.url)).rejects.toThrow(/in use for longer than 5 s.*run it again/);
  } finally {
    await user.query('ROLLBACK');
    await user.end();
    await database.drop();
  }
});
