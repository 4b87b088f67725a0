import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataDir } from '../../../scripts/data-dir.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  THROWAWAY,
} from '../../../scripts/embedded-postgres.ts';
import { type Leash, leash } from './leash.ts';
import { announceTestServer, type TestServer } from './test-server.ts';

/** What `global-teardown.ts` takes down again. Jest loads both in one process, as two module graphs. */
export interface TestRun {
  readonly server: TestServer;
  readonly embedded?: {
    readonly directory: string;
    readonly postgres: EmbeddedPostgres;
    readonly leash: Leash;
  };
}

declare global {
  var testRun: TestRun | undefined;
}

/** The part of Jest's global configuration that says which specs this run selects. */
interface Selection {
  readonly rootDir: string;
  readonly findRelatedTests: boolean;
  readonly onlyChanged: boolean;
  readonly testPathPatterns: {
    toExecutor(options: { rootDir: string }): { isMatch(file: string): boolean };
  };
}

/** One PostgreSQL for the run: `DATABASE_URL` where it is set, else an embedded one that is thrown away. */
// The default export is what Jest loads.
export default async function globalSetup(selection: Selection): Promise<void> {
  sayWhatIsLeftOut();
  if (!wantsDatabase(selection)) return;
  const prefix = `knogin_test_${randomBytes(4).toString('hex')}`;
  const adminUrl = process.env['DATABASE_URL'];
  globalThis.testRun = adminUrl ? { server: { adminUrl, prefix } } : await embeddedRun(prefix);
  announceTestServer(globalThis.testRun.server);
}

async function embeddedRun(prefix: string): Promise<TestRun> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-jest-'));
  // Root's PostgreSQL runs as nobody, who has to pass through.
  fs.chmodSync(directory, 0o711);
  const postgres = await startEmbeddedPostgres({
    dataDir: DataDir.open(path.join(directory, 'data')),
    settings: THROWAWAY,
  });
  return {
    server: { adminUrl: postgres.url, prefix },
    embedded: { directory, postgres, leash: leash(postgres.pid, directory) },
  };
}

/** False where the patterns on the command line select unit specs only. */
function wantsDatabase(selection: Selection): boolean {
  const { rootDir } = selection;
  if (selection.findRelatedTests || selection.onlyChanged) return true;
  const selects = selection.testPathPatterns.toExecutor({ rootDir });
  const candidates = fs.globSync('{apps,libs,scripts}/**/*.{int-spec,e2e-spec}.ts', {
    cwd: rootDir,
  });
  return candidates.some((file) => selects.isMatch(path.join(rootDir, file)));
}

function sayWhatIsLeftOut(): void {
  if (!process.env['REDIS_URL'])
    process.stderr.write('REDIS_URL is not set: the suites that need a Redis are left out.\n');
}
