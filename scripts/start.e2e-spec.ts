import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { TestDatabase } from '../libs/testing/src/test-database.ts';
import { freePort } from './ports.ts';
import { closeFolder, openFolder, sql } from './test/holder.ts';
import { compile, isAlive, Started } from './test/started.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

// Each test starts everything at least once: seconds alone, much more beside other suites.
jest.setTimeout(180_000);

describe('npm start', () => {
  const folder = openFolder();
  const dataDir = path.join(folder, 'data');
  let running: Started[] = [];
  const start = (where = dataDir, environment: Record<string, string> = {}): Started => {
    const started = new Started(where, environment);
    running.push(started);
    return started;
  };
  beforeAll(() => compile());
  afterEach(async () => {
    await Promise.all(running.map((started) => started.end('SIGTERM')));
    running = [];
  });
  afterAll(() => closeFolder(folder));

  it('makes a tenant on an empty database and keeps its token out of what is no terminal', async () => {
    const started = start();
    const { database_url, pids } = await started.ready();

    const file = path.join(dataDir, 'first-steps.txt');
    expect(started.stdout).toContain(file);
    expect(started.stdout).not.toContain('Bearer');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(dataDir, 'runtime.json')).mode & 0o777).toBe(0o600);
    await expect(sql(database_url, 'SELECT slug FROM tenant')).resolves.toEqual([{ slug: 'demo' }]);

    await expect(started.end('SIGTERM')).resolves.toBe(0);
    expect(Object.values(pids).filter(isAlive)).toEqual([]);
    expect(fs.existsSync(path.join(dataDir, 'runtime.json'))).toBe(false);
    expect(started.stderr).toBe('');
  });

  it('makes first commands that work when pasted', async () => {
    const started = start(path.join(folder, 'pasted'));
    await started.ready();

    for (const command of curlCommands(path.join(started.dataDir, 'first-steps.txt'))) {
      const { status } = await paste(command);
      expect([200, 201]).toContain(status);
    }
  });

  it('finds its data again after kill -9 of every process, and makes no second tenant', async () => {
    const killed = start();
    const { pids } = await killed.ready();
    for (const pid of Object.values(pids)) process.kill(pid, 'SIGKILL');
    await killed.ended;

    const started = start();
    const { database_url } = await started.ready();

    expect(started.stdout).not.toContain('tenant');
    await expect(sql(database_url, 'SELECT slug FROM tenant')).resolves.toEqual([{ slug: 'demo' }]);
    await started.end('SIGINT');
  });

  it('takes its apps down with it when it is killed alone, and adopts PostgreSQL afterwards', async () => {
    const killed = start();
    const { pids } = await killed.ready();
    await killed.end('SIGKILL');
    // The apps hold the other end of its output.
    expect(['auth-service', 'api-gateway'].map((app) => pids[app]).filter(isAlive)).toEqual([]);

    const started = start();
    const runtime = await started.ready();

    expect(runtime.pids['postgres']).toBe(pids['postgres']);
    await started.end('SIGTERM');
    expect(isAlive(pids['postgres'])).toBe(false);
  });

  it('stops when npm is told to, although the shell between them passes nothing on', async () => {
    const npm = { npm_lifecycle_event: 'start' };
    const started = new Started(dataDir, npm, { throughShell: true });
    const { pids } = await started.ready();

    await started.end('SIGTERM');

    expect(Object.values(pids).filter(isAlive)).toEqual([]);
  });

  it('stops everything and says so when an app dies', async () => {
    const started = start();
    const { pids } = await started.ready();

    process.kill(pids['auth-service'] ?? 0, 'SIGKILL');

    await expect(started.ended).resolves.toBe(1);
    expect(started.stderr).toBe(
      'auth-service ended by itself (signal SIGKILL) and everything else was stopped: its last words above say why.\n',
    );
    expect(Object.values(pids).filter(isAlive)).toEqual([]);
  });

  it('runs on DATABASE_URL without making a tenant there', async () => {
    const database = await TestDatabase.create();
    const started = start(path.join(folder, 'external'), {
      DATABASE_URL: database.url,
      KEY_ENCRYPTION_KEY: KEY,
    });
    const { pids, environment } = await started.ready();

    await expect(sql(database.url, 'SELECT 1 FROM tenant')).resolves.toEqual([]);
    expect(pids['postgres']).toBeUndefined();
    expect(environment).toEqual({});
    await started.end('SIGTERM');
    await database.drop();
  });

  describe('that cannot start says why in one sentence and ends with 1', () => {
    let occupied: net.Server;
    let taken: number;
    beforeAll(async () => {
      occupied = net.createServer().listen(0, '127.0.0.1');
      await once(occupied, 'listening');
      taken = (occupied.address() as AddressInfo).port;
    });
    afterAll(() => occupied.close());

    async function refused(environment: Record<string, string>, where = dataDir): Promise<string> {
      const started = start(where, environment);
      await expect(started.ended).resolves.toBe(1);
      expect(started.stderr.trimEnd().split('\n')).toHaveLength(1);
      return started.stderr;
    }

    it('a taken port', async () => {
      await expect(refused({ GATEWAY_PORT: String(taken) })).resolves.toMatch(
        /^Port \d+ on 127\.0\.0\.1 is taken by another process: set GATEWAY_PORT to /,
      );
    });

    it('a data directory that is none', async () => {
      const file = path.join(folder, 'file');
      fs.writeFileSync(file, '');
      await expect(refused({}, file)).resolves.toMatch(/^The data directory .* cannot be read /);
    });

    it('an unreachable database', async () => {
      const url = `postgresql://127.0.0.1:${await freePort()}/x`;
      await expect(refused({ DATABASE_URL: url, KEY_ENCRYPTION_KEY: KEY })).resolves.toMatch(
        /^The database at .* cannot be used \(ECONNREFUSED\): start it or correct DATABASE_URL/,
      );
    });

    it('a missing key-encryption key', async () => {
      await expect(refused({ DATABASE_URL: 'postgresql://127.0.0.1/x' })).resolves.toMatch(
        /^KEY_ENCRYPTION_KEY is not set/,
      );
    });

    it('a variable that an app refuses', async () => {
      await expect(refused({ WEBHOOK_ALLOW_HTTP: 'yes' })).resolves.toMatch(/WEBHOOK_ALLOW_HTTP/);
    });

    it('a data directory in use', async () => {
      const first = start();
      await first.ready();
      await expect(refused({})).resolves.toMatch(/^Another `npm start` is already using /);
      await expect(first.end('SIGTERM')).resolves.toBe(0);
    });
  });
});

function curlCommands(file: string): string[] {
  const commands = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('curl '));
  expect(commands).toHaveLength(3);
  return commands;
}

/** What curl would do with the words that a shell makes of the line: a machine with Node alone may have no curl. */
async function paste(command: string): Promise<Response> {
  const show = `"${process.execPath}" -p 'JSON.stringify(process.argv.slice(1))' -- `;
  const line = command.replace(/^curl /, show);
  const words = JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8' })) as string[];
  const values = (option: string): string[] =>
    words.filter((_, index) => words[index - 1] === option);
  const [url = ''] = words.filter((word) => word.startsWith('http'));
  const [body] = values('-d');
  const headers = values('-H').map((header) => header.split(': ', 2) as [string, string]);
  return fetch(url, { headers, ...(body === undefined ? {} : { method: 'POST', body }) });
}
