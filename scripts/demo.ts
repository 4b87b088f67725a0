// `npm run demo`: one integration, end to end, on an instance of its own that is gone afterwards.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Receiver } from './demo/receiver.ts';
import { Report } from './demo/report.ts';
import { walk } from './demo/walk.ts';
import { removeDataDir } from './postgres/private-folder.ts';
import { prepareInstance, serveInstance } from './start/instance.ts';
import type { Lifetime } from './start/lifetime.ts';
import { LISTENERS, portVariable } from './start/settings.ts';
import { Stopper } from './start/stopper.ts';

const root = path.resolve(import.meta.dirname, '..');

async function demo(lifetime: Lifetime, report: Report): Promise<void> {
  const { stopper, stack } = lifetime;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-demo-'));
  const dataDir = path.join(folder, 'data');
  stack.defer(() => {
    removeDataDir(dataDir);
    fs.rmSync(folder, { recursive: true });
  });
  // Root's PostgreSQL runs as nobody, who has to pass through.
  fs.chmodSync(folder, 0o711);
  const receiver = stack.adopt(await Receiver.start(), (open) => open.close());
  const environment = {
    // DATABASE_URL and REDIS_URL are taken over where they are set.
    ...process.env,
    ...Object.fromEntries(LISTENERS.map((listener) => [portVariable(listener), '0'])),
    DATA_DIR: dataDir,
    // The receiver is on the loopback, which is otherwise refused, and has no certificate.
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    LOG_LEVEL: 'warn',
  };
  const instance = await report.step('An empty machine becomes a running platform', async () => {
    const prepared = await prepareInstance(environment, lifetime);
    await serveInstance(prepared, lifetime);
    report.note(`auth-service ${prepared.urls.auth}, api-gateway ${prepared.urls.gateway}`);
    report.note(
      `database ${prepared.database.embedded ? 'embedded' : 'DATABASE_URL'}, queue ${process.env['REDIS_URL'] ? 'REDIS_URL' : 'PostgreSQL'}`,
    );
    return prepared;
  });
  await stopper.unlessStopped(walk(instance, root, receiver, report));
}

const stopper = new Stopper();
stopper.listen();
const lifetime = { root, stopper, stack: new AsyncDisposableStack() };
const report = new Report();
try {
  await demo(lifetime, report);
} catch (error) {
  stopper.fail(error as Error);
  // A step that failed has said why; an app that died in the middle of one, or Ctrl-C, has not.
  if (!report.hasFailed) console.error((error as Error).message);
}
const proven = report.summary() && !stopper.isStopping;
await lifetime.stack.disposeAsync();
process.exit(proven ? 0 : 1);
