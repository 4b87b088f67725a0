import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { migrate } from '#libs/entities';
import { DataDir } from '../../../scripts/data-dir.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../scripts/embedded-postgres.ts';
import { type Leash, leash } from './leash.js';

/** The machine stays up, so nothing has to reach the disk; what was committed survives the death of the server. */
const settings = { fsync: 'off', full_page_writes: 'off' };

/** A migrated PostgreSQL of one suite's own, which it may stop and kill. It comes back on the same port. */
export class OwnPostgres {
  private constructor(
    private readonly directory: string,
    private readonly dataDir: DataDir,
    private server: EmbeddedPostgres,
    private leash: Leash,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-own-'));
    // Root's PostgreSQL runs as nobody, who has to pass through.
    fs.chmodSync(directory, 0o711);
    const dataDir = DataDir.open(path.join(directory, 'data'));
    const server = await startEmbeddedPostgres({ dataDir, settings });
    await migrate(server.url);
    return new OwnPostgres(directory, dataDir, server, leash(server.pid, directory));
  }

  get url(): string {
    return this.server.url;
  }

  /** As an operator restarts it: sessions are ended, what is committed is written out. */
  async stop(): Promise<void> {
    await this.server.stop('fast');
  }

  /** As the kernel ends it: nothing is said to anybody. */
  async kill(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    while (this.server.isRunning()) await setImmediate();
  }

  async startAgain(): Promise<void> {
    const { dataDir, directory } = this;
    this.leash.release();
    this.server = await startEmbeddedPostgres({ dataDir, settings, port: this.server.port });
    this.leash = leash(this.server.pid, directory);
  }

  async drop(): Promise<void> {
    this.leash.release();
    await this.server.destroy();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}
