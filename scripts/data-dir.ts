import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { detailsOf, reasonOf, StartError } from './start-error.ts';

const LOCK_FILE = 'start.lock';
const SQLITE_BUSY = 5;

/** `DATA_DIR`, open and locked: while one process holds it, no second `npm start` gets in. */
export class DataDir {
  readonly path: string;
  readonly #lock: DatabaseSync;

  private constructor(directory: string, lock: DatabaseSync) {
    this.path = directory;
    this.#lock = lock;
  }

  /** Makes the folder where it is missing. Throws a `StartError` where it cannot be used or is in use. */
  static open(directory: string): DataDir {
    const resolved = path.resolve(directory);
    try {
      // Root's PostgreSQL runs as another user, who has to pass through on the way to DATA_DIR/pg. Every file
      // here is 0600, so passing through is all that is given.
      fs.mkdirSync(resolved, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
      fs.accessSync(resolved, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
      return new DataDir(resolved, lock(path.join(resolved, LOCK_FILE)));
    } catch (error) {
      if (detailsOf(error).errcode === SQLITE_BUSY)
        throw new StartError(
          `Another \`npm start\` is already using the data directory ${resolved}: stop it first, or set DATA_DIR to another directory.`,
        );
      throw new StartError(
        `The data directory ${resolved} cannot be read and written (${reasonOf(error)}): fix its permissions, or set DATA_DIR to a directory that this user owns.`,
      );
    }
  }

  at(name: string): string {
    return path.join(this.path, name);
  }

  read(name: string): string | undefined {
    return fs.existsSync(this.at(name)) ? fs.readFileSync(this.at(name), 'utf8').trim() : undefined;
  }

  /** Writes a 0600 file that is either the old one or the new one, also after a power failure. Returns its path. */
  write(name: string, content: string): string {
    const target = this.at(name);
    const partial = `${target}.${randomBytes(6).toString('hex')}`;
    fs.writeFileSync(partial, `${content}\n`, { mode: 0o600, flag: 'wx', flush: true });
    fs.renameSync(partial, target);
    return target;
  }

  /** The secret kept under this name, made on first use. */
  secret(name: string, make: () => string): string {
    const known = this.read(name);
    if (known !== undefined) return known;
    const made = make();
    this.write(name, made);
    return made;
  }

  remove(name: string): void {
    fs.rmSync(this.at(name), { force: true });
  }

  release(): void {
    this.#lock.close();
  }
}

/**
 * An exclusive SQLite transaction is a lock that the kernel drops with the process, so there is never a stale one
 * to judge after `kill -9`. Nothing is ever stored in it.
 */
function lock(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    fs.chmodSync(file, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
