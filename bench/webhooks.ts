// Deliveries a second and their CPU time by process: TLS with keep-alive, 50 endpoints, 1 KB, the built worker with its
// database, against the naive design in the same run. REDIS_URL adds a run on Redis. A run whose ledger does not add up
// is void. BENCH_WARM_UP=20000 BENCH_DELIVERIES=200000 shows whether memory stays flat; BENCH_PROFILE=folder writes the
// worker's CPU profile.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyEncryptionKey, SecretBox } from '#libs/foundation';
import { TestCa } from '../libs/testing/src/test-certificates.ts';
import type { ReceiverQuestion, ReceiverReport } from './servers/webhook-receiver.ts';
import { startBenchDatabase } from './support/bench-database.ts';
import { ChildServer } from './support/child-server.ts';
import { percentile } from './support/load.ts';
import { familyCpuMs } from './support/process-usage.ts';
import { WebhookWorld } from './support/webhook-world.ts';

const endpoints = Number(process.env.BENCH_ENDPOINTS ?? 50);
const deliveries = Number(process.env.BENCH_DELIVERIES ?? 20_000);
const warmUpDeliveries = Number(process.env.BENCH_WARM_UP ?? 5_000);
const naiveDeliveries = Number(process.env.BENCH_NAIVE ?? 4_000);
const pacedEvents = Number(process.env.BENCH_PACED ?? 3_000);
const pacedPerSecond = 300;
const profileFolder = process.env.BENCH_PROFILE;

const here = (file: string): string => new URL(file, import.meta.url).pathname;
const ca = new TestCa();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-bench-ca-'));
const caFile = path.join(folder, 'ca.pem');
fs.writeFileSync(caFile, ca.cert);

const certificate = ca.issue({ hosts: ['127.0.0.1'] });
const receiver = await ChildServer.start('receiver', here('./servers/webhook-receiver.ts'), {
  BENCH_KEY: certificate.key,
  BENCH_CERT: certificate.cert,
});
const askReceiver = <Answer = unknown>(question: ReceiverQuestion): Promise<Answer> =>
  receiver.ask<Answer>(question);

/** CPU milliseconds a delivery of each process, from the call of `usageOf` to the call of what it returns. */
function usageOf(sources: Readonly<Record<string, () => number>>): (count: number) => string {
  const before = Object.entries(sources).map(([name, read]) => ({ name, read, from: read() }));
  return (count) => {
    const spent = before.map(({ name, read, from }) => ({ name, ms: (read() - from) / count }));
    const sum = spent.reduce((total, { ms }) => total + ms, 0);
    const list = spent.map(({ name, ms }) => `${name} ${ms.toFixed(2)}`).join(', ');
    return `${sum.toFixed(2)} ms CPU a delivery (${list})`;
  };
}

async function publishAtOnce(world: WebhookWorld, events: number): Promise<void> {
  for (let n = 0; n < events; n++) await world.publish();
}

async function publishPaced(world: WebhookWorld): Promise<void> {
  const from = performance.now();
  for (let n = 0; n < pacedEvents; n++) {
    await world.publish();
    const aheadMs = (n * 1000) / pacedPerSecond - (performance.now() - from);
    if (aheadMs > 1) await delay(aheadMs);
  }
}

async function run(name: string, redisUrl: string | undefined): Promise<void> {
  const database = await startBenchDatabase();
  const kek = randomBytes(32).toString('base64');
  const urls = Array.from(
    { length: endpoints },
    (_, n) => `https://127.0.0.1:${String(receiver.port)}/${String(n)}`,
  );
  const world = await WebhookWorld.create(
    database.url,
    new SecretBox(KeyEncryptionKey.parse(kek)),
    urls,
  );
  const environment = {
    DATABASE_URL: database.url,
    KEY_ENCRYPTION_KEY: kek,
    AUTH_ISSUER: 'https://auth.example',
    GATEWAY_RESOURCE: 'https://api.example',
    WEBHOOK_EGRESS_ALLOW_CIDRS: '127.0.0.1/32',
    RATE_LIMIT_SCALE: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    NODE_EXTRA_CA_CERTS: caFile,
    BENCH_CA: ca.cert,
    ...(redisUrl === undefined
      ? {}
      : { REDIS_URL: redisUrl, REDIS_KEY_PREFIX: `bench-${String(process.pid)}` }),
  };
  console.log(`\nwebhooks on ${name}, ${String(endpoints)} endpoints, TLS, 1 KB`);
  const ours = await ChildServer.start(
    'worker',
    here('../dist/apps/auth-service/src/worker.main.js'),
    environment,
    profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`],
  );
  const sources = {
    worker: () => ours.cpuMs(),
    PostgreSQL: () => familyCpuMs(database.pid),
    receiver: () => receiver.cpuMs(),
    publisher: () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
  };

  const warmUp = Math.ceil(warmUpDeliveries / endpoints);
  await askReceiver({ forget: true });
  await publishAtOnce(world, warmUp);
  await askReceiver({ until: warmUp * endpoints });
  await askReceiver({ forget: true });

  const memoryMib = [ours.residentMib()];
  const usage = usageOf(sources);
  const started = performance.now();
  const published = publishAtOnce(world, deliveries / endpoints);
  for (const share of [0.25, 0.5, 0.75, 1]) {
    await askReceiver({ until: deliveries * share });
    memoryMib.push(ours.residentMib());
  }
  await published;
  const ourRate = deliveries / ((performance.now() - started) / 1000);
  const spent = usage(deliveries);
  const burst = await askReceiver<ReceiverReport>({ report: true });
  await world.checkLedger((warmUp + deliveries / endpoints) * endpoints);
  if (burst.received !== deliveries)
    throw new Error(
      `void: ${String(burst.received)} requests for ${String(deliveries)} deliveries`,
    );
  console.log(`  ${ourRate.toFixed(0)} deliveries/s, ${spent}`);
  console.log(
    `  ${String(burst.handshakes)} handshakes; memory of the worker ${memoryMib.map((mib) => mib.toFixed(0)).join(', ')} MiB at the start and after each quarter`,
  );

  await world.unsubscribeAllButOne();
  await askReceiver({ forget: true });
  const pacedUsage = usageOf(sources);
  await publishPaced(world);
  await askReceiver({ until: pacedEvents });
  const { latenciesMs } = await askReceiver<ReceiverReport>({ report: true });
  console.log(
    `  publish to first byte at ${String(pacedPerSecond)} events/s: p50 ${String(percentile(latenciesMs, 0.5))} ms, ` +
      `p99 ${String(percentile(latenciesMs, 0.99))} ms, most ${String(latenciesMs.at(-1))} ms; ${pacedUsage(pacedEvents)}`,
  );
  await world.checkLedger((warmUp + deliveries / endpoints) * endpoints + pacedEvents);
  await ours.stop();

  if (naiveDeliveries > 0) {
    const naiveRate = await runNaive(world, environment);
    console.log(
      `  the naive design ${naiveRate.toFixed(0)} deliveries/s, ratio ${(ourRate / naiveRate).toFixed(1)}`,
    );
  }
  await world.close();
  await database.stop();
}

/** @returns deliveries a second */
async function runNaive(
  world: WebhookWorld,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const naive = await ChildServer.start('naive', here('./servers/naive-webhooks.ts'), environment);
  const events: string[] = [];
  for (let n = 0; n < naiveDeliveries / endpoints; n++) events.push(await world.storeEvent());
  await askReceiver({ forget: true });
  const started = performance.now();
  naive.send({ go: events });
  await askReceiver({ until: naiveDeliveries });
  const rate = naiveDeliveries / ((performance.now() - started) / 1000);
  await naive.stop();
  return rate;
}

try {
  await run('PostgreSQL', undefined);
  if (process.env.REDIS_URL) await run('Redis', process.env.REDIS_URL);
} finally {
  await receiver.stop();
  fs.rmSync(folder, { recursive: true, force: true });
}
