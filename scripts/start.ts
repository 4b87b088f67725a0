// `npm start`: the database, both apps, and a word on where they are.
import path from 'node:path';
import { StartError } from './start-error.ts';
import { AlreadySaid } from './start/app-process.ts';
import { greetFirstTenant } from './start/first-tenant.ts';
import { type Instance, startInstance } from './start/instance.ts';
import { Stopper } from './start/stopper.ts';

const root = path.resolve(import.meta.dirname, '..');

async function main(stopper: Stopper): Promise<void> {
  const stack = new AsyncDisposableStack();
  try {
    const instance = await startInstance(process.env, root, stopper, stack);
    const greeting = instance.database.embedded && (await greet(instance));
    console.log(describe(instance, performance.now()));
    if (greeting) console.log(`\n${greeting}\n`);
    await stopper.stopped();
  } catch (error) {
    // Also what failed on its own while the run was being stopped anyway is of no interest any more.
    if (!stopper.isStopping) stopper.fail(error as Error);
    else if (!stopper.failure) console.log('stopping: the requests in flight are finished first');
  }
  await stack.disposeAsync();
}

async function greet({ dataDir, database, urls, run }: Instance): Promise<string | undefined> {
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
    `  contract       ${urls.gateway}/api/docs`,
    `  database       ${where}`,
    `  DATA_DIR       ${dataDir.path} (ports and pids: runtime.json)`,
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
