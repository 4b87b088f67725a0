import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { DataDir } from '../data-dir.ts';
import { StartError } from '../start-error.ts';
import type { Binaries } from './binaries.ts';
import { knownPrivateFolder } from './private-folder.ts';
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

/** The cluster of this DATA_DIR, made on first use: `DATA_DIR/pg`, or below the temporary folder (see above). */
export function openCluster(request: Request): Cluster {
  const { dataDir, user } = request;
  const dir = path.join(homeOf(request), 'pg');
  const fresh = !exists(dir);
  if (!fresh && dataDir.read(PASSWORD_FILE) === undefined)
    throw new StartError(
      `The database in ${dir} has lost its password file ${dataDir.at(PASSWORD_FILE)}: put it back, or remove ${dir} to start with an empty database.`,
    );
  const password = dataDir.secret(PASSWORD_FILE, () => randomBytes(24).toString('base64url'));
  if (fresh) makeCluster(request, dir, password);
  const owner = fs.statSync(dir).uid;
  const expected = user.uid ?? process.getuid?.() ?? owner;
  if (owner !== expected)
    throw new StartError(
      `The database in ${dir} belongs to uid ${owner} and PostgreSQL would run as uid ${expected}: start as the user who made it, or set DATA_DIR to another directory.`,
    );
  return { dir, password };
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
function makeCluster({ binaries, user, durable }: Request, dir: string, password: string): void {
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
