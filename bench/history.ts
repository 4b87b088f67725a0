// GET /v1/webhooks/{id}/deliveries with ten million deliveries in thirty days, a million of them of one webhook.
import pg from 'pg';
import { encodeId } from '#libs/foundation';
import { adminToken } from './support/admin-token.ts';
import { startBenchDatabase } from './support/bench-database.ts';
import { load, percentile } from './support/load.ts';
import { startOurServer } from './support/our-server.ts';

const rows = Number(process.env.BENCH_HISTORY_ROWS ?? 10_000_000);
const requests = Number(process.env.BENCH_REQUESTS ?? 400);
const days = 30;
/** Every tenth delivery is of the webhook that is asked for. */
const share = 10;
const deepPage = Math.min(200, Math.floor(rows / share / 200));
const highestP95Ms = 20;
const mostSecondsEach = 20;
const webhookUuid = '00000000-0000-7000-8000-000000000001';
const dayMs = 86_400_000;

/** Rows as a month of traffic leaves them: 97 % succeeded, some failed, canceled, skipped and waiting. */
async function fill(databaseUrl: string, tenantId: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`ALTER SYSTEM SET fsync = off`);
  await client.query(`SELECT pg_reload_conf()`);
  await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '256MB'`);
  await client.query(
    `INSERT INTO platform_app (id, tenant_id, name, application_type, grant_types, redirect_uris, requested_scopes,
       approved_scopes, created_by, created_at, updated_at)
     VALUES ('app_bench', $1, 'bench', 'web', '{client_credentials}', '{}', '{webhooks:write}', '{webhooks:write}', 'bench', now(), now())`,
    [tenantId],
  );
  await client.query(
    `INSERT INTO webhook (id, tenant_id, app_id, url, created_at, updated_at)
     VALUES ($1, $2, 'app_bench', 'https://receiver.example/', now(), now())`,
    [webhookUuid, tenantId],
  );
  const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'webhook_delivery' AND indexname NOT LIKE '%pkey'`,
  );
  for (const { indexname } of indexes) await client.query(`DROP INDEX ${indexname}`);
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const perDay = Math.ceil(rows / days);
  for (let day = days; day > 0; day--) {
    const startMs = today - day * dayMs;
    await client.query(`SELECT create_day_partition('webhook_delivery', $1::date)`, [
      new Date(startMs).toISOString().slice(0, 10),
    ]);
    // Straight into the day, and with ids that cost nothing to make: all that matters of them is their order.
    await client.query(
      `INSERT INTO webhook_delivery_${day8(startMs)} (id, webhook_id, tenant_id, event_id, event_type, trigger, is_test, status,
         attempts, last_code, last_attempt_at, completed_at, created_at)
       SELECT id, CASE WHEN n % ${String(share)} = 0 THEN $2::uuid ELSE ('00000000-0000-7000-8000-' || lpad(to_hex(n % 1000 + 2), 12, '0'))::uuid END,
         $3, id, CASE WHEN n % 300 = 0 THEN 'incident.closed' ELSE 'incident.updated' END, 0, n % 20000 = 0,
         CASE WHEN n % 1000 = 0 THEN 4 WHEN n % 500 = 10 THEN 3 WHEN n % 5000 = 20 THEN 5 WHEN n % 50000 = 30 THEN 1 ELSE 2 END,
         1, 204, at, at, at
       FROM (SELECT n, to_timestamp(ms / 1000.0) AS at,
           (lpad(to_hex(ms), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid AS id
         FROM (SELECT n, $1::bigint + n * ${String(dayMs)} / ${String(perDay)} AS ms FROM generate_series(1, ${String(perDay - 1)}::bigint) n) t) d`,
      [startMs, webhookUuid, tenantId],
    );
  }
  await client.query(
    `INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, attempt, first_queued_at)
     SELECT id, webhook_id, tenant_id, event_id, now() + interval '1 day', 1, created_at FROM webhook_delivery WHERE status = 1`,
  );
  for (const { indexdef } of indexes) await client.query(indexdef.replace(' ON ONLY ', ' ON '));
  await client.query('VACUUM ANALYZE webhook_delivery, webhook_pending');
  await client.end();
}

const day8 = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');

const database = await startBenchDatabase();
try {
  const ours = await startOurServer(database.url, { WORKER_ROLE: 'api' });
  const startedAt = performance.now();
  await fill(database.url, ours.tenantId);
  console.log(
    `\n${String(rows)} deliveries made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  );
  const { port } = ours.server;
  const headers = { authorization: `Bearer ${adminToken(ours)}` };
  const path = `/v1/webhooks/${encodeId('wh', webhookUuid)}/deliveries`;
  const nextOf = async (query: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}?${query}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${query} answered ${text}`);
    return (JSON.parse(text) as { next_cursor: string }).next_cursor;
  };
  let deep = 'limit=100';
  for (let page = 1; page < deepPage; page++) deep = `limit=100&cursor=${await nextOf(deep)}`;
  const since = new Date(Date.now() - 27 * dayMs).toISOString();
  const statuses = 'queued delivering retrying paused succeeded failed canceled skipped'.split(' ');
  const queries = {
    'first page': '',
    [`page ${String(deepPage)} of 100`]: deep,
    'first page, include=attempts': 'include=attempts',
    'before three weeks ago': `until=${new Date(Date.now() - 21 * dayMs).toISOString()}`,
    'status=failed': 'status=failed',
    'status=skipped&status=canceled': 'status=skipped&status=canceled',
    'status=retrying': 'status=retrying',
    'status=paused': 'status=paused',
    'event=incident.closed': 'event=incident.closed',
    'event=incident.updated': 'event=incident.updated',
    'event=incident.closed&status=failed': 'event=incident.closed&status=failed',
    'event=incident.closed&status=canceled': 'event=incident.closed&status=canceled',
    'event=incident.updated&status=skipped&status=failed':
      'event=incident.updated&status=skipped&status=failed',
    'status=delivering': 'status=delivering',
    'all statuses but succeeded': statuses
      .filter((status) => status !== 'succeeded')
      .map((status) => `status=${status}`)
      .join('&'),
    'test=true': 'test=true',
    'test=true&status=failed': 'test=true&status=failed',
    'event=incident.closed&test=false': 'event=incident.closed&test=false',
    'event that never was': 'event=incident.created',
    'event that never was, status=succeeded': 'event=incident.created&status=succeeded',
    'since 27 days ago, status=failed': `since=${since}&status=failed`,
  };
  for (const [name, query] of Object.entries(queries)) {
    const request = { port, method: 'GET', path: `${path}?${query}`, headers, expect: 200 };
    const { seconds } = await load(request, { requests: 3, connections: 1 });
    // What takes a second is measured fewer times: the run stays bounded.
    const enough = Math.max(5, Math.min(requests, Math.floor((3 * mostSecondsEach) / seconds)));
    const { latenciesMs } = await load(request, { requests: enough, connections: 1 });
    const [p50, p95] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.95)];
    console.log(
      `  p50 ${p50.toFixed(1).padStart(6)}  p95 ${p95.toFixed(1).padStart(6)} ms  ${name}${p95 > highestP95Ms ? `  (at most ${String(highestP95Ms)})` : ''}`,
    );
    if (p95 > highestP95Ms) process.exitCode = 1;
  }
  await ours.close();
} finally {
  await database.stop();
}
