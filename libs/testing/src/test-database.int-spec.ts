import pg from 'pg';
import { TestDatabase } from './test-database.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

describe('TestDatabase', () => {
  it('gives every suite a database of its own', async () => {
    const [one, other] = await Promise.all([TestDatabase.create(), TestDatabase.create()]);
    await query(one.url, 'CREATE TABLE written_by_one_suite (id int)');

    const seen = await query(other.url, "SELECT to_regclass('written_by_one_suite') AS relation");

    expect(seen).toEqual([{ relation: null }]);
    await Promise.all([one.drop(), other.drop()]);
  });

  it('has run every migration', async () => {
    const database = await TestDatabase.create();

    const tables = await query(database.url, "SELECT to_regclass('tenant') IS NOT NULL AS made");

    expect(tables).toEqual([{ made: true }]);
    await database.drop();
  });

  it('drops a database that a suite still has open', async () => {
    const database = await TestDatabase.create();
    const left = new pg.Client({ connectionString: database.url });
    left.on('error', () => undefined);
    await left.connect();

    await database.drop();

    await expect(query(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });
});
