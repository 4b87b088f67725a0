// `npm start`: the database, both apps, and a word on where they are.
import path from 'node:path';
import { StartError } from './start-error.ts';
import { AlreadySaid } from './start/app-process.ts';
import { greetFirstTenant } from './start/first-tenant.ts';
import { type Instance, prepareInstance, serveInstance } from './start/instance.ts';
import { Stopper } from './start/stopper.ts';

const root = path.resolve(import.meta.dirname, '..');

async function main(stopper: Stopper): Promise<void> {
  const lifetime = { root, stopper, stack: new AsyncDisposableStack() };
  try {
    const instance = await prepareInstance(process.env, lifetime);
    // The apps need no tenant and making one needs no apps.
    const [greeting] = await Promise.all([greet(instance), serveInstance(instance, lifetime)]);
    console.log([describe(instance, performance.now()), greeting].filter(Boolean).join('\n\n'));
    await stopper.stopped();
  } catch (error) {
    // What fails while the run is being stopped anyway is of no interest any more.
    if (!stopper.isStopping) stopper.fail(error as Error);
    else if (!stopper.failure) console.log('stopping: the requests in flight are finished first');
  }
  await lifetime.stack.disposeAsync();
}

/** Nothing is ever made in a database that somebody else brought. */
async function greet(instance: Instance): Promise<string | undefined> {
  const { dataDir, database, urls, run } = instance;
  if (!database.embedded) return undefined;
  const isTerminal = process.stdout.isTTY;
  return greetFirstTenant({
    dataDir,
    databaseUrl: database.url,
    authUrl: urls.auth,
    run,
    isTerminal,
  });
}

function describe({ dataDir, database, urls }: Instance, tookMs: number): string {
  const { embedded } = database;
  const where = embedded
    ? `embedded PostgreSQL on port ${embedded.port}${embedded.adopted ? ', found running' : ''}, data in ${embedded.dir}`
    : `PostgreSQL at ${new URL(database.url).host} (DATABASE_URL)`;
  return [
    'ready',
    `  auth-service   ${urls.auth}            operator ${urls.auth_operator}`,
    `  api-gateway    ${urls.gateway}/graphql    operator ${urls.gateway_operator}`,
    `  database       ${where}`,
    `  DATA_DIR       ${dataDir.path} (ports and pids: runtime.json)`,
    ...(embedded && embedded.dir !== dataDir.at('pg')
      ? ["                 (root's PostgreSQL runs as nobody, who cannot enter DATA_DIR)"]
      : []),
    `  in ${(tookMs / 1000).toFixed(1)} s; Ctrl-C stops everything`,
  ].join('\n');
}

const stopper = new Stopper();
stopper.listen();
await main(stopper);
const { failure } = stopper;
if (failure === undefined) process.exit(0);
if (failure instanceof StartError) console.error(failure.message);
else if (!(failure instanceof AlreadySaid)) console.error(failure);
process.exit(1);
