import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import pg from 'pg';
import type { EmbeddedPostgres } from '../embedded-postgres.ts';
import { removeDataDir } from '../postgres/private-folder.ts';
import type { RunUser } from '../postgres/run-user.ts';

export type Held = Pick<EmbeddedPostgres, 'url' | 'pid' | 'port' | 'dir' | 'adopted'>;

/** Another process that holds an embedded PostgreSQL. */
export class Holder {
  private constructor(
    readonly process: ChildProcess,
    readonly held: Held,
  ) {}

  /** Rejects with what the process said on stderr when it gave up. */
  static async start(dataDir: string, user: RunUser = {}): Promise<Holder> {
    const script = path.join(__dirname, 'hold-postgres.ts');
    const child = spawn(process.execPath, [script, dataDir], { ...user, cwd: '/' });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for await (const line of readline.createInterface(child.stdout))
      return new Holder(child, JSON.parse(line) as Held);
    if (child.exitCode === null) await once(child, 'exit');
    throw new Error(said.trim());
  }

  async stop(): Promise<void> {
    this.process.stdin?.end();
    await once(this.process, 'exit');
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

/** A new folder that every user can pass through. */
export function openFolder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-spec-'));
  fs.chmodSync(made, 0o711);
  return made;
}

/** Removes it with every DATA_DIR inside. */
export function closeFolder(folder: string): void {
  for (const entry of fs.readdirSync(folder)) removeDataDir(path.join(folder, entry));
  fs.rmdirSync(folder);
}

export async function sql<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
