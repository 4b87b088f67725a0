import { DataDir } from '../data-dir.ts';
import { choosePorts, type PortRequest } from '../ports.ts';
import { StartError } from '../start-error.ts';
import { cli } from './cli.ts';
import { openDatabase, type OpenDatabase } from './database.ts';
import { removeRuntimeFile, type Runtime, writeRuntimeFile } from './runtime-file.ts';
import {
  type Environment,
  LISTENERS,
  type ListenerKey,
  portVariable,
  readSettings,
} from './settings.ts';
import { entryOf, startApps } from './start-apps.ts';
import type { Stopper } from './stopper.ts';

const WATCH_MS = 1_000;

/** Everything that one `npm start` runs. */
export interface Instance {
  readonly dataDir: DataDir;
  readonly database: OpenDatabase;
  readonly urls: Runtime['urls'];
  /** Runs a command of the operator's CLI on this instance. */
  readonly run: <T>(...command: readonly string[]) => Promise<T>;
}

/**
 * Starts the database, brings its schema to today's, starts both apps and waits until they serve. Whatever was
 * started is put on `stack`, to be stopped in reverse order.
 */
export async function startInstance(
  own: Environment,
  root: string,
  stopper: Stopper,
  stack: AsyncDisposableStack,
): Promise<Instance> {
  const settings = readSettings(own, root);
  const dataDir = stack.adopt(DataDir.open(settings.dataDir), (open) => open.release());
  const ports = byListener(await choosePorts(settings.ports));
  const database = stack.adopt(await openDatabase(settings, dataDir), ({ embedded }) =>
    embedded?.stop(stopper.mode === 'force' ? 'immediate' : 'fast'),
  );
  watchDatabase(database, dataDir, stopper, stack);
  const environment = {
    ...own,
    DATA_DIR: dataDir.path,
    DATABASE_URL: database.url,
    KEY_ENCRYPTION_KEY: database.keyEncryptionKey,
    ...Object.fromEntries(LISTENERS.map((key) => [portVariable(key), String(ports[key])])),
  };
  const run = <T>(...command: readonly string[]): Promise<T> =>
    stopper.unlessStopped(
      cli<T>(entryOf(root, 'auth-service', 'cli.main.js'), environment, ...command),
    );
  await run('migrate');
  const apps = await startApps(root, environment, stopper, stack);
  const urls = urlsOf(settings.ports, ports);
  stack.defer(() => removeRuntimeFile(dataDir));
  writeRuntimeFile(dataDir, {
    pids: {
      start: process.pid,
      ...(database.embedded && { postgres: database.embedded.pid }),
      ...Object.fromEntries(apps.map(({ name, pid }) => [name, pid])),
    },
    ports,
    urls,
    database_url: database.url,
    environment: database.embedded ? sharedWithCli(environment) : {},
  });
  return { dataDir, database, urls, run };
}

/** What the CLI needs to sign and seal as the running apps do. A server of somebody else's keeps its own secrets. */
function sharedWithCli(environment: Environment): Environment {
  const names = [
    'DATABASE_URL',
    'KEY_ENCRYPTION_KEY',
    'REDIS_URL',
    'AUTH_ISSUER',
    'GATEWAY_RESOURCE',
  ];
  const all = [...names, ...LISTENERS.map(portVariable)];
  return Object.fromEntries(all.map((name) => [name, environment[name]]));
}

function watchDatabase(
  { embedded }: OpenDatabase,
  dataDir: DataDir,
  stopper: Stopper,
  stack: AsyncDisposableStack,
): void {
  if (!embedded) return;
  const watch = setInterval(() => {
    if (embedded.isRunning() || stopper.isStopping) return;
    stopper.fail(
      new StartError(
        `The embedded PostgreSQL ended by itself and everything else was stopped: see ${embedded.dir}/../pg.log, then start again to recover ${dataDir.path}.`,
      ),
    );
  }, WATCH_MS);
  stack.defer(() => clearInterval(watch));
}

function urlsOf(requests: readonly PortRequest[], ports: Runtime['ports']): Runtime['urls'] {
  const hosts = byListener(requests.map(({ host }) => host));
  const url = (key: ListenerKey): string => {
    const anywhere = hosts[key] === '0.0.0.0' || hosts[key] === '::';
    const host = anywhere ? '127.0.0.1' : hosts[key];
    return `http://${host.includes(':') ? `[${host}]` : host}:${ports[key]}`;
  };
  return byListener(LISTENERS.map(url));
}

function byListener<T>(values: readonly T[]): Record<ListenerKey, T> {
  return Object.fromEntries(LISTENERS.map((key, index) => [key, values[index]])) as Record<
    ListenerKey,
    T
  >;
}
