import { TestDatabase } from '#libs/testing';
import { createDataSource } from './data-source.js';
import { assertSchemaIsCurrent } from './schema-version.js';

describe('assertSchemaIsCurrent', () => {
  let database: TestDatabase;
  const dataSource = async () => createDataSource(database.url, 1).initialize();

  beforeEach(async () => {
    database = await TestDatabase.create();
  });
  afterEach(() => database.drop());

  it('lets pass what is migrated, also by a later version', async () => {
    const source = await dataSource();
    try {
      await assertSchemaIsCurrent(source);
      await source.query(
        `INSERT INTO schema_migration (timestamp, name) VALUES (9999999999999, 'Tomorrow9999999999999')`,
      );
      await expect(assertSchemaIsCurrent(source)).resolves.toBeUndefined();
    } finally {
      await source.destroy();
    }
  });

  it('refuses an older schema with a sentence that says what to do', async () => {
    const source = await dataSource();
    try {
      await source.query(
        'DELETE FROM schema_migration WHERE id = (SELECT max(id) FROM schema_migration)',
      );
      await expect(assertSchemaIsCurrent(source)).rejects.toThrow(
        'The schema of the database is older than this version by 1 migration: run `npm run cli -- migrate` first.',
      );
    } finally {
      await source.destroy();
    }
  });
});
