import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { reasonOf, StartError } from '../start-error.ts';
import { type Cluster, SUPERUSER } from './cluster.ts';

const POLL_MS = 20;
/** Crash recovery replays at most `max_wal_size`, which takes seconds; this is for a machine in trouble. */
const ANSWER_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 60_000;

/** A running PostgreSQL server process. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** What `postmaster.pid` says, which may be long out of date. Lines as in PostgreSQL's `miscadmin.h`. */
export function readPidFile(dir: string): Postmaster | undefined {
  const file = path.join(dir, 'postmaster.pid');
  if (!fs.existsSync(file)) return undefined;
  const [pid, , , port] = fs.readFileSync(file, 'utf8').split('\n').map(Number);
  return pid && port ? { pid, port } : undefined;
}

/** The server that an earlier start left running on this cluster, once it answers. */
export async function findOrphan(cluster: Cluster): Promise<Postmaster | undefined> {
  const found = readPidFile(cluster.dir);
  if (found && isPostmasterOf(found.pid, cluster.dir)) {
    if (await answers(cluster, found)) return found;
  } else if (found && isAlive(found.pid)) {
    // The number was given to another program since. PostgreSQL would take that program for itself and refuse to
    // start; its own check for survivors, the shared memory segment, does not need the file.
    fs.rmSync(path.join(cluster.dir, 'postmaster.pid'));
  }
  return undefined;
}

/** Waits until the server answers an authenticated query for this very cluster; false once it has exited. */
export async function answers(cluster: Cluster, server: Postmaster): Promise<boolean> {
  const deadline = performance.now() + ANSWER_DEADLINE_MS;
  while (isPostmasterOf(server.pid, cluster.dir)) {
    if (await isServing(cluster, server.port)) return true;
    if (performance.now() > deadline)
      throw new StartError(
        `PostgreSQL (pid ${server.pid}) runs on ${cluster.dir} but does not answer: stop it with \`kill ${server.pid}\` and start again.`,
      );
    await delay(POLL_MS);
  }
  return false;
}

/**
 * Stops the server and waits until it is gone. `fast` aborts open transactions and writes a checkpoint;
 * `immediate` leaves the next start to recover.
 */
export async function stopPostmaster(
  server: Postmaster,
  cluster: Cluster,
  mode: 'fast' | 'immediate',
  pgCtl: string,
): Promise<void> {
  if (!isPostmasterOf(server.pid, cluster.dir)) return;
  if (process.platform === 'win32') {
    spawnSync(pgCtl, ['stop', '-D', cluster.dir, '-m', mode]);
    return;
  }
  process.kill(server.pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  const deadline = performance.now() + STOP_DEADLINE_MS;
  while (isPostmasterOf(server.pid, cluster.dir)) {
    if (performance.now() > deadline) return stopPostmaster(server, cluster, 'immediate', pgCtl);
    await delay(POLL_MS);
  }
}

export function urlOf({ password }: Cluster, port: number): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
}

async function isServing(cluster: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ dir: string }>(
      "SELECT current_setting('data_directory') AS dir",
    );
    return rows[0]?.dir === cluster.dir;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** True where this process is a PostgreSQL that was started on `dir`: a bare pid may be anybody's by now. */
export function isPostmasterOf(pid: number, dir: string): boolean {
  const words = commandOf(pid);
  if (words === undefined) return process.platform === 'win32' && isAlive(pid);
  return path.basename(words[0] ?? '') === 'postgres' && words.includes(dir);
}

function commandOf(pid: number): string[] | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    if (process.platform === 'linux') return undefined;
    const { status, stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
    });
    return status === 0 ? stdout.trim().split(' ') : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return reasonOf(error) === 'EPERM';
  }
}
