import { spawnSync } from 'node:child_process';
import { StartError } from '../start-error.ts';

/** Who PostgreSQL runs as; empty for "as we are". In the shape that `spawn` takes. */
export interface RunUser {
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY = 65534;

/** PostgreSQL refuses to run as root, so root hands it to nobody. */
export function runUser(): RunUser {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** True where that user can pass through the directory. */
export function canReach(user: RunUser, directory: string): boolean {
  if (user.uid === undefined) return true;
  const { status, error } = spawnSync('test', ['-x', directory], { ...user, cwd: '/' });
  if (error)
    throw new StartError(
      `PostgreSQL refuses to run as root and this process may not become another user (${error.message}): run as an ordinary user, or set DATABASE_URL.`,
    );
  return status === 0;
}
