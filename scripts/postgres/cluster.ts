import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { DataDir } from '../data-dir.ts';
import { StartError } from '../start-error.ts';
import type { Binaries } from './binaries.ts';
import { knownPrivateFolder, POINTER } from './private-folder.ts';
import { canReach, type RunUser } from './run-user.ts';

export const SUPERUSER = 'postgres';
const PASSWORD_FILE = 'pg-password';

export interface Cluster {
  /** PostgreSQL's own data directory. */
  readonly dir: string;
  readonly password: string;
}

interface Request {
  readonly dataDir: DataDir;
  readonly user: RunUser;
  readonly binaries: Binaries;
  readonly privateFolder: () => string;
  /** False only where a power failure may cost the data. */
  readonly durable: boolean;
}

/** The cluster of this DATA_DIR, made on first use: `DATA_DIR/pg`, or below the temporary folder where `user` may not enter. */
export function openCluster(request: Request): Cluster {
  const { dataDir, user } = request;
  const dir = path.join(homeOf(request), 'pg');
  const fresh = !exists(dir);
  const known = dataDir.read(PASSWORD_FILE);
  if (!fresh && known === undefined)
    throw new StartError(
      `The database in ${dir} has lost its password file ${dataDir.at(PASSWORD_FILE)}: put it back, or remove ${dir} to start with an empty database.`,
    );
  const password = known ?? randomBytes(24).toString('base64url');
  if (fresh) makeCluster(request, dir, password);
  const owner = fs.statSync(dir).uid;
  const expected = user.uid ?? process.getuid?.() ?? owner;
  if (owner !== expected)
    throw new StartError(
      `The database in ${dir} belongs to uid ${owner} and PostgreSQL would run as uid ${expected}: start as the user who made it, or set DATA_DIR to another directory.`,
    );
  return { dir, password };
}

/**
 * Throws where the cluster was below the temporary folder and is gone, as after a clean-up there: an empty one must not
 * take its place without a word. To be asked before anything opens another private folder.
 */
export function assertClusterKept(dataDir: DataDir): void {
  const remembered = dataDir.read(POINTER);
  if (remembered === undefined || dataDir.read(PASSWORD_FILE) === undefined) return;
  const kept = [knownPrivateFolder(dataDir.path), dataDir.path].some(
    (home) => home !== undefined && exists(path.join(home, 'pg')),
  );
  if (kept) return;
  throw new StartError(
    `The database of ${dataDir.path} was in ${path.join(remembered, 'pg')} and is gone, as after a clean-up of the temporary folder: put it back from a backup, or remove ${dataDir.at(PASSWORD_FILE)} to start with an empty database.`,
  );
}

function homeOf({ dataDir, user, privateFolder }: Request): string {
  const moved = knownPrivateFolder(dataDir.path);
  if (moved !== undefined && exists(path.join(moved, 'pg'))) return moved;
  if (canReach(user, dataDir.path)) return dataDir.path;
  if (exists(dataDir.at('pg')))
    throw new StartError(
      `The database in ${dataDir.at('pg')} runs as uid ${user.uid}, which can no longer enter that directory: give every user the right to pass through (chmod o+x on its parents), or set DATA_DIR to another directory.`,
    );
  return privateFolder();
}

function exists(dir: string): boolean {
  return fs.existsSync(path.join(dir, 'PG_VERSION'));
}

/** Made beside its place and renamed into it, so that a start killed in between leaves nothing half-made behind. */
function makeCluster(request: Request, dir: string, password: string): void {
  const { dataDir, binaries, user, durable } = request;
  const partial = `${dir}.partial`;
  const passwordFile = `${dir}.password`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.rmSync(passwordFile, { force: true });
  try {
    fs.mkdirSync(partial, { mode: 0o700 });
    fs.writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
    const { uid, gid } = user;
    if (uid !== undefined && gid !== undefined)
      for (const made of [partial, passwordFile]) fs.chownSync(made, uid, gid);
    initdb(binaries.initdb, user, partial, [
      `--pwfile=${passwordFile}`,
      ...(durable ? [] : ['--no-sync']),
    ]);
    // A password without a cluster then means that one was lost.
    dataDir.write(PASSWORD_FILE, password);
    fs.renameSync(partial, dir);
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
}

function initdb(program: string, user: RunUser, dir: string, options: string[]): void {
  const { status, stderr, error } = spawnSync(
    program,
    [
      ...['-D', dir, '-U', SUPERUSER, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
      ...options,
    ],
    { ...user, cwd: dir, encoding: 'utf8', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } },
  );
  if (status !== 0)
    throw new StartError(
      `The embedded PostgreSQL could not make its data directory ${dir} (${error?.message ?? stderr.trim().replaceAll(/\s+/g, ' ')}): mend that, or set DATA_DIR or DATABASE_URL.`,
    );
}
