import fs from 'node:fs';
import pg from 'pg';
import './global-setup.ts';
import type { TestServer } from './test-server.ts';

// The default export is what Jest loads.
export default async function globalTeardown(): Promise<void> {
  const run = globalThis.testRun;
  if (!run) return;
  if (!run.embedded) return dropDatabases(run.server);
  run.embedded.leash.release();
  await run.embedded.postgres.destroy();
  fs.rmSync(run.embedded.directory, { recursive: true });
}

/** On a server of somebody else's, everything with the prefix of this run goes. */
async function dropDatabases({ adminUrl, prefix }: TestServer): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
    [`${prefix}_`],
  );
  for (const { name } of rows) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
}
