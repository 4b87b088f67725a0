import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DataDir } from './data-dir.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres, THROWAWAY } from './embedded-postgres.ts';
import { isPostmasterOf } from './postgres/postmaster.ts';
import { canReach, runUser } from './postgres/run-user.ts';
import { closeFolder, Holder, openFolder, sql } from './test/holder.ts';

const isRoot = process.getuid?.() === 0;
/** Somebody who is not root and can run this checkout; root's own checkout may lie below a closed directory. */
const ordinaryUser = !isRoot ? {} : canReach(runUser(), __dirname) ? runUser() : undefined;
const itAsOrdinaryUser = ordinaryUser ? it : it.skip;
const mode = (file: string): number => fs.statSync(file).mode & 0o777;

describe('embedded PostgreSQL', () => {
  const folder = openFolder();
  const dataDir = path.join(folder, 'data');
  afterAll(() => closeFolder(folder));

  it('starts on an empty DATA_DIR, with a password that only the owner can read', async () => {
    const holder = await Holder.start(dataDir);
    const { url, dir } = holder.held;
    const wrong = new URL(url);
    wrong.password = 'guess';

    expect(dir).toBe(path.join(dataDir, 'pg'));
    await expect(sql(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await expect(sql(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(mode(path.join(dataDir, 'pg-password'))).toBe(0o600);
    expect(mode(dir)).toBe(0o700);
    await sql(url, 'CREATE TABLE kept (id int)');
    await holder.stop();
    expect(isPostmasterOf(holder.held.pid, dir)).toBe(false);
  });

  it('recovers after kill -9 of everything and finds what was committed', async () => {
    const before = await Holder.start(dataDir);
    await sql(before.held.url, 'INSERT INTO kept VALUES (1)');
    await before.kill();
    process.kill(before.held.pid, 'SIGKILL');

    const after = await Holder.start(dataDir);

    expect(after.held.adopted).toBe(false);
    await expect(sql(after.held.url, 'SELECT id FROM kept')).resolves.toEqual([{ id: 1 }]);
    await after.stop();
  });

  it('adopts the server of a holder that was killed, and stops it in the end', async () => {
    const killed = await Holder.start(dataDir);
    await killed.kill();

    const adopter = await Holder.start(dataDir);

    expect(adopter.held).toEqual({ ...killed.held, adopted: true });
    await adopter.stop();
    expect(isPostmasterOf(adopter.held.pid, adopter.held.dir)).toBe(false);
  });

  it('refuses a second holder in one sentence and leaves the first alone', async () => {
    const first = await Holder.start(dataDir);

    await expect(Holder.start(dataDir)).rejects.toThrow(
      `Another \`npm start\` is already using the data directory ${dataDir}: stop it first, or set DATA_DIR to another directory.`,
    );

    expect(isPostmasterOf(first.held.pid, first.held.dir)).toBe(true);
    await first.stop();
  });

  describe('when postmaster.pid names somebody else', () => {
    let stranger: ChildProcess;
    beforeAll(() => {
      stranger = spawn('sleep', ['60'], runUser());
    });
    afterAll(() => stranger.kill());

    it('starts a server of its own and does not touch the stranger', async () => {
      const cluster = path.join(dataDir, 'pg');
      const lines = [stranger.pid, cluster, 1, 5432, '', '127.0.0.1', '', 'ready'];
      fs.writeFileSync(path.join(cluster, 'postmaster.pid'), lines.join('\n'));
      // PostgreSQL's own user must be able to replace the file.
      fs.chownSync(path.join(cluster, 'postmaster.pid'), ...ownerOf(cluster));

      const holder = await Holder.start(dataDir);
      await holder.stop();

      expect(holder.held.adopted).toBe(false);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    });
  });

  it('says what to do when the password file is gone', async () => {
    const file = path.join(dataDir, 'pg-password');
    fs.renameSync(file, `${file}.away`);

    await expect(Holder.start(dataDir)).rejects.toThrow(/has lost its password file .*: put it/);

    fs.renameSync(`${file}.away`, file);
  });

  it("passes on PostgreSQL's own reason when it does not start", async () => {
    const open = DataDir.open(dataDir);

    await expect(
      startEmbeddedPostgres({ dataDir: open, settings: { max_connections: 'many' } }),
    ).rejects.toThrow(/^The embedded PostgreSQL did not start \(invalid value .*"many"\): see /);

    open.release();
  });

  itAsOrdinaryUser('says what to do where this user may not look into DATA_DIR', async () => {
    const closed = path.join(folder, 'closed');
    fs.mkdirSync(closed, { mode: 0o000 });

    await expect(Holder.start(closed, ordinaryUser)).rejects.toThrow(
      `The data directory ${closed} cannot be read and written (EACCES): fix its permissions, or set DATA_DIR to a directory that this user owns.`,
    );
  });

  itAsOrdinaryUser('runs the same for an ordinary user', async () => {
    const home = path.join(folder, 'home');
    fs.mkdirSync(home, { mode: 0o700 });
    const { uid, gid } = ordinaryUser ?? {};
    if (uid !== undefined && gid !== undefined) fs.chownSync(home, uid, gid);

    const holder = await Holder.start(home, ordinaryUser);

    await expect(sql(holder.held.url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    expect(fs.statSync(holder.held.dir).uid).toBe(fs.statSync(home).uid);
    expect(mode(home)).toBe(0o700);
    await holder.stop();
  });
});

// Only root has another user run PostgreSQL, so only root meets a directory which that user cannot enter.
(isRoot ? describe : describe.skip)('embedded PostgreSQL of root, below a closed directory', () => {
  const folder = openFolder();
  fs.chmodSync(folder, 0o700);
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  it('keeps its data below the temporary folder, finds it again and misses it where it is gone', async () => {
    const open = DataDir.open(path.join(folder, 'data'));
    const start = (): Promise<EmbeddedPostgres> =>
      startEmbeddedPostgres({ dataDir: open, settings: THROWAWAY });
    const first = await start();
    await sql(first.url, 'CREATE TABLE kept (id int)');
    await first.stop();

    const second = await start();

    expect(second.dir).toBe(first.dir);
    expect(second.dir.startsWith(folder)).toBe(false);
    expect(mode(path.dirname(second.dir))).toBe(0o711);
    await expect(sql(second.url, 'SELECT * FROM kept')).resolves.toEqual([]);
    await second.stop();

    const moved = `${path.dirname(second.dir)}.moved`;
    fs.renameSync(path.dirname(second.dir), moved);
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(start()).rejects.toThrow(
        `The database of ${open.path} was in ${second.dir} and is gone, as after a clean-up of the temporary folder: put it back from a backup, or remove ${open.at('pg-password')} to start with an empty database.`,
      );
    fs.renameSync(moved, path.dirname(second.dir));
    const third = await start();
    await expect(sql(third.url, 'SELECT * FROM kept')).resolves.toEqual([]);
    await third.destroy();
    expect(fs.existsSync(path.dirname(second.dir))).toBe(false);
    open.release();
  });
});

function ownerOf(file: string): [uid: number, gid: number] {
  const { uid, gid } = fs.statSync(file);
  return [uid, gid];
}
