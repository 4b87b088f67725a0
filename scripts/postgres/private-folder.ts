import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataDir } from '../data-dir.ts';
import { StartError } from '../start-error.ts';
import { canReach, type RunUser } from './run-user.ts';

/** The file in DATA_DIR that names the folder. */
export const POINTER = 'temp-folder';

/** The folder that `openPrivateFolder` made earlier, if it still stands and is still ours. */
export function knownPrivateFolder(dataDir: string): string | undefined {
  const pointer = path.join(dataDir, POINTER);
  const known = fs.existsSync(pointer) ? fs.readFileSync(pointer, 'utf8').trim() : undefined;
  return known !== undefined && isOurs(known) ? known : undefined;
}

/** Deletes a DATA_DIR that nothing runs on any more, with what had to be put elsewhere. */
export function removeDataDir(dataDir: string): void {
  const known = knownPrivateFolder(dataDir);
  if (known !== undefined) fs.rmSync(known, { recursive: true });
  fs.rmSync(dataDir, { recursive: true, force: true });
}

/**
 * A folder below the temporary folder for what `user` cannot reach elsewhere. Its name is random and it is
 * remembered in DATA_DIR, so nobody else can have filled it; others may pass through it but not list it.
 */
export function openPrivateFolder(dataDir: DataDir, user: RunUser): string {
  const known = knownPrivateFolder(dataDir.path);
  if (known !== undefined) return known;
  const base = [os.tmpdir(), '/tmp'].find((directory) => canReach(user, directory));
  if (base === undefined)
    throw new StartError(
      `PostgreSQL runs as uid ${user.uid}, which reaches neither the data directory nor ${os.tmpdir()}: set DATA_DIR to a directory below one that every user can enter.`,
    );
  const made = fs.mkdtempSync(path.join(base, 'knogin-'));
  dataDir.write(POINTER, made);
  fs.chmodSync(made, 0o711);
  return made;
}

/** Somebody else may have made a folder of this name after the temporary folder was emptied. */
function isOurs(directory: string): boolean {
  const stat = fs.lstatSync(directory, { throwIfNoEntry: false });
  return (
    stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0
  );
}
