// Holds an embedded PostgreSQL for a test that wants to kill its holder: prints what it started as one line of JSON
// and stops it when stdin ends.
import { DataDir } from '../data-dir.ts';
import { startEmbeddedPostgres } from '../embedded-postgres.ts';
import { StartError } from '../start-error.ts';

try {
  const dataDir = DataDir.open(process.argv[2] ?? '');
  const postgres = await startEmbeddedPostgres({ dataDir });
  console.log(JSON.stringify(postgres));
  process.stdin.resume().once('end', () => void postgres.stop());
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
