import { DataDir } from '../data-dir.ts';
import { choosePorts, type PortRequest } from '../ports.ts';
import { StartError } from '../start-error.ts';
import { cli } from './cli.ts';
import type { Lifetime } from './lifetime.ts';
import { openDatabase, type OpenDatabase } from './database.ts';
import { reachRedis } from './redis.ts';
import { removeRuntimeFile, type Runtime, writeRuntimeFile } from './runtime-file.ts';
import {
  type Environment,
  LISTENERS,
  type ListenerKey,
  portVariable,
  readSettings,
} from './settings.ts';
import { entryOf, startApps } from './start-apps.ts';

const WATCH_MS = 1_000;

/** The database of one `npm start` at today's schema, and where its apps will be. */
export interface Instance {
  readonly dataDir: DataDir;
  readonly database: OpenDatabase;
  readonly ports: Runtime['ports'];
  readonly urls: Runtime['urls'];
  /** What the apps and the CLI run with. */
  readonly environment: Environment;
  /** Runs a command of the operator's CLI on this instance. */
  readonly run: <T>(...command: readonly string[]) => Promise<T>;
}

/** Opens DATA_DIR, chooses the ports, starts or finds the database and brings its schema to today's. */
export async function prepareInstance(own: Environment, lifetime: Lifetime): Promise<Instance> {
  const { root, stopper, stack } = lifetime;
  const settings = readSettings(own, root);
  const dataDir = stack.adopt(DataDir.open(settings.dataDir), (open) => open.release());
  const ports = byListener(await choosePorts(settings.ports));
  if (settings.redisUrl !== undefined) await reachRedis(settings.redisUrl);
  const database = stack.adopt(await openDatabase(settings, dataDir), ({ embedded }) =>
    embedded?.stop(stopper.mode === 'force' ? 'immediate' : 'fast'),
  );
  watchDatabase(database, lifetime);
  const urls = urlsOf(settings.ports, ports);
  // The role that owns the schema is for the migration alone.
  const { DATABASE_MIGRATION_URL: migrationUrl, ...others } = own;
  const environment = {
    // Also where AUTH_ISSUER names the public URL of a proxy, the gateway's auth-service is this one.
    AUTH_URL: urls.auth,
    // Whoever tries things out on a machine of their own has one colleague at most.
    ...(database.embedded && { BUNDLE_APPROVALS: '1' }),
    ...others,
    DATA_DIR: dataDir.path,
    DATABASE_URL: database.url,
    KEY_ENCRYPTION_KEY: database.keyEncryptionKey,
    ...Object.fromEntries(LISTENERS.map((key) => [portVariable(key), String(ports[key])])),
  };
  const main = entryOf(root, 'auth-service', 'cli.main.js');
  const run = <T>(...command: readonly string[]): Promise<T> =>
    stopper.unlessStopped(cli<T>(main, environment, ...command));
  // The embedded database has one role.
  const migration = database.embedded ? {} : { DATABASE_MIGRATION_URL: migrationUrl };
  await stopper.unlessStopped(cli(main, { ...environment, ...migration }, 'migrate'));
  return { dataDir, database, ports, urls, environment, run };
}

/** Starts both apps, waits until they serve, and writes down where. */
export async function serveInstance(instance: Instance, lifetime: Lifetime): Promise<void> {
  const { dataDir, database, ports, urls, environment } = instance;
  const apps = await startApps(lifetime, environment);
  lifetime.stack.defer(() => removeRuntimeFile(dataDir));
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
}

/** What the CLI needs to sign and seal as the running apps do. A server of somebody else's keeps its own secrets. */
function sharedWithCli(environment: Environment): Environment {
  const names = [
    'DATABASE_URL',
    'KEY_ENCRYPTION_KEY',
    'KEY_ENCRYPTION_KEYS_PREVIOUS',
    'REDIS_URL',
    'REDIS_KEY_PREFIX',
    'AUTH_ISSUER',
    'GATEWAY_RESOURCE',
    'BUNDLE_APPROVALS',
  ];
  const all = [...names, ...LISTENERS.map(portVariable)];
  return Object.fromEntries(all.map((name) => [name, environment[name]]));
}

function watchDatabase({ embedded }: OpenDatabase, { stopper, stack }: Lifetime): void {
  if (!embedded) return;
  const watch = setInterval(() => {
    if (!embedded.isRunning())
      stopper.fail(
        new StartError(
          `The embedded PostgreSQL ended by itself and everything else was stopped: ${embedded.logFile} says why, and the next start recovers the data.`,
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
