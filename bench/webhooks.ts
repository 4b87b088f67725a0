// Deliveries a second, TLS with keep-alive, 50 endpoints, 1 KB, the whole worker with its database, against the
// naive design in the same run. Set REDIS_URL to run both on Redis as well.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { migrate } from '#libs/entities';
import { KeyEncryptionKey, SecretBox, uuidV7 } from '#libs/foundation';
import pg from 'pg';
import { TestCa } from '../libs/testing/src/test-certificates.ts';
import { startBenchDatabase } from './support/bench-database.ts';
import { ChildServer } from './support/child-server.ts';

const endpoints = Number(process.env.BENCH_ENDPOINTS ?? 50);
const deliveries = Number(process.env.BENCH_DELIVERIES ?? 20_000);
const naiveDeliveries = Number(process.env.BENCH_NAIVE ?? 4_000);
const tenantId = `ten_${'0'.repeat(26)}`;
const appId = `app_${'0'.repeat(26)}`;

const ca = new TestCa();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-bench-ca-'));
const caFile = path.join(folder, 'ca.pem');
fs.writeFileSync(caFile, ca.cert);

let received = 0;
const latencies: number[] = [];
const receiver = createServer(ca.issue({ hosts: ['127.0.0.1'] }), (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received++;
    const sentAt = /"sent_at":(\d+)/.exec(Buffer.concat(chunks).toString())?.[1];
    if (sentAt !== undefined) latencies.push(Date.now() - Number(sentAt));
    response.writeHead(204).end();
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const url = `https://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/`;

const until = async (count: number): Promise<void> => {
  while (received < count) await new Promise((resolve) => setTimeout(resolve, 10));
};

async function prepare(databaseUrl: string, box: SecretBox): Promise<pg.Pool> {
  await migrate(databaseUrl);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  await pool.query(
    `INSERT INTO tenant (id, slug, name, created_at, updated_at) VALUES ($1, 'bench', 'bench', now(), now())`,
    [tenantId],
  );
  await pool.query(
    `INSERT INTO platform_app (id, tenant_id, name, application_type, grant_types, redirect_uris, requested_scopes,
       approved_scopes, created_by, created_at, updated_at)
     VALUES ($1, $2, 'bench', 'web', '{}', '{}', '{}', '{}', 'bench', now(), now())`,
    [appId, tenantId],
  );
  for (let n = 0; n < endpoints; n++) {
    const [id, keyId] = [randomUUID(), randomUUID()];
    await pool.query(
      `INSERT INTO webhook (id, tenant_id, app_id, url, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())`,
      [id, tenantId, appId, `${url}${String(n)}`],
    );
    await pool.query(`INSERT INTO webhook_event_sub VALUES ($1, 'incident.updated')`, [id]);
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    await pool.query(
      `INSERT INTO webhook_key (id, webhook_id, cipher, kek_id, format, hint, created_at)
       VALUES ($1, $2, $3, '', 'whsec', '', now())`,
      [keyId, id, box.seal(Buffer.from(secret), `webhook_key:${keyId}`)],
    );
  }
  await pool.query(
    `SELECT create_day_partition(p, d::date) FROM unnest(ARRAY['event', 'webhook_delivery', 'webhook_attempt']) p,
       generate_series(now() - interval '1 day', now() + interval '1 day', interval '1 day') d`,
  );
  return pool;
}

let sequence = 0;

/** One event of 1 KB. @returns its UUID */
async function publish(pool: pg.Pool, table: 'event_outbox' | 'event'): Promise<string> {
  const now = Date.now();
  const id = uuidV7(now, createHash('sha256').update(String(sequence++)).digest());
  const body = Buffer.from(`{"id":"evt","sent_at":${String(now)},"data":"${'x'.repeat(960)}"}`);
  const producer = table === 'event_outbox' ? ", 'bench'" : '';
  await pool.query(
    `INSERT INTO ${table} (id, tenant_id, type, occurred_at, created_at, body${producer === '' ? '' : ', producer'})
     VALUES ($1, $2, 'incident.updated', $3, $3, $4${producer})`,
    [id, tenantId, new Date(now), body],
  );
  return id;
}

async function run(name: string, redisUrl: string | undefined): Promise<void> {
  const database = await startBenchDatabase();
  const kek = randomBytes(32).toString('base64');
  const pool = await prepare(database.url, new SecretBox(KeyEncryptionKey.parse(kek)));
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
      : {
          REDIS_URL: redisUrl,
          REDIS_KEY_PREFIX: `bench-${kek.slice(0, 6).replaceAll(/\W/g, '')}`,
        }),
  };
  const entry = new URL('../dist/apps/auth-service/src/worker.main.js', import.meta.url).pathname;
  const ours = await ChildServer.start('ours', entry, environment);
  received = 0;
  for (let n = 0; n < 20; n++) await publish(pool, 'event_outbox');
  await until(20 * endpoints);
  received = 0;
  const started = performance.now();
  for (let n = 0; n < deliveries / endpoints; n++) await publish(pool, 'event_outbox');
  await until(deliveries);
  const ourRate = deliveries / ((performance.now() - started) / 1000);

  received = 0;
  latencies.length = 0;
  await pool.query(
    'DELETE FROM webhook_event_sub WHERE webhook_id <> (SELECT webhook_id FROM webhook_event_sub LIMIT 1)',
  );
  const pacedFrom = performance.now();
  for (let n = 0; n < 3_000; n++) {
    await publish(pool, 'event_outbox');
    const aheadMs = (n * 1000) / 300 - (performance.now() - pacedFrom);
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
  }
  await until(3_000);
  const p99 = latencies.sort((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? 0;
  await ours.stop();

  const naiveModule = new URL('./servers/naive-webhooks.ts', import.meta.url).pathname;
  const naive = await ChildServer.start('naive', naiveModule, environment);
  const events: string[] = [];
  for (let n = 0; n < naiveDeliveries / endpoints; n++) events.push(await publish(pool, 'event'));
  received = 0;
  const naiveStarted = performance.now();
  naive.send({ go: events });
  await until(naiveDeliveries);
  const naiveRate = naiveDeliveries / ((performance.now() - naiveStarted) / 1000);
  await naive.stop();
  await pool.end();
  await database.stop();
  console.log(
    `webhooks on ${name}: ${ourRate.toFixed(0)} deliveries/s, naive ${naiveRate.toFixed(0)}/s, ratio ${(ourRate / naiveRate).toFixed(1)}; ` +
      `publish to first byte at 300 events/s p99 ${String(p99)} ms`,
  );
}

await run('PostgreSQL', undefined);
if (process.env.REDIS_URL) await run('Redis', process.env.REDIS_URL);
receiver.close();
receiver.closeAllConnections();
fs.rmSync(folder, { recursive: true, force: true });
