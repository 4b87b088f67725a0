import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataDir } from '../../scripts/data-dir.ts';
import { startEmbeddedPostgres } from '../../scripts/embedded-postgres.ts';

/** A PostgreSQL for the length of one benchmark, with the settings `npm start` gives it. */
export async function startBenchDatabase(): Promise<{
  url: string;
  pid: number;
  stop(): Promise<void>;
}> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-bench-'));
  fs.chmodSync(directory, 0o711);
  const postgres = await startEmbeddedPostgres({
    dataDir: DataDir.open(path.join(directory, 'data')),
  });
  return {
    url: postgres.url,
    pid: postgres.pid,
    stop: async () => {
      await postgres.destroy();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}
