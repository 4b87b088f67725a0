// GET /v1/platform/apps with 100,000 apps in one tenant among 10,000: the thousandth page against the first.
import pg from 'pg';
import { adminToken } from './support/admin-token.ts';
import { startBenchDatabase } from './support/bench-database.ts';
import { load, median, percentile } from './support/load.ts';
import { startOurServer } from './support/our-server.ts';

const apps = Number(process.env.BENCH_APPS ?? 100_000);
const tenants = Number(process.env.BENCH_TENANTS ?? 10_000);
const requests = Number(process.env.BENCH_REQUESTS ?? 400);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const page = Math.min(1_000, Math.floor(apps / 50));
const highestRatio = 1.5;

async function fill(databaseUrl: string, tenantId: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO tenant (id, slug, name, created_at, updated_at)
     SELECT 'ten_' || lpad(n::text, 26, '0'), 'bench-' || n, 'bench', now(), now() FROM generate_series(1, $1::int) n`,
    [tenants],
  );
  const app = `name, application_type, grant_types, redirect_uris, requested_scopes, approved_scopes, created_by`;
  const values = `'bench', 'web', '{client_credentials}', '{}', '{webhooks:write}', '{webhooks:write}', 'bench'`;
  const at = `timestamptz '2026-01-01' + n * interval '1 second'`;
  await client.query(
    `INSERT INTO platform_app (id, tenant_id, ${app}, created_at, updated_at)
     SELECT 'app_' || lpad(n::text, 26, '0'), $1, ${values}, ${at}, ${at} FROM generate_series(1, $2::int) n`,
    [tenantId, apps],
  );
  await client.query(
    `INSERT INTO platform_app (id, tenant_id, ${app}, created_at, updated_at)
     SELECT 'app_1' || lpad(n::text, 25, '0'), 'ten_' || lpad(n::text, 26, '0'), ${values}, ${at}, ${at}
     FROM generate_series(1, $1::int) n`,
    [tenants],
  );
  await client.query(
    `INSERT INTO client_secret (id, app_id, tenant_id, digest, hint, created_at)
     SELECT 'sec' || substr(id, 4), id, tenant_id, sha256(id::bytea), '…0000', created_at FROM platform_app`,
  );
  await client.query('VACUUM ANALYZE platform_app, client_secret, tenant');
  await client.end();
}

/** Follows the Link of each page, as an integrator does. */
async function pathOfPage(origin: string, token: string, wanted: number): Promise<string> {
  let path = '/v1/platform/apps';
  for (let number = 1; number < wanted; number++) {
    const response = await fetch(origin + path, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    if (next === undefined) throw new Error(`page ${String(number)} names no next page`);
    path = next;
  }
  return path;
}

const database = await startBenchDatabase();
try {
  const ours = await startOurServer(database.url);
  await fill(database.url, ours.tenantId);
  const token = adminToken(ours);
  const { port } = ours.server;
  const last = await pathOfPage(`http://127.0.0.1:${String(port)}`, token, page);
  const headers = { authorization: `Bearer ${token}` };
  const p95 = async (path: string): Promise<number> => {
    const request = { port, method: 'GET', path, headers, expect: 200 };
    const { latenciesMs } = await load(request, { requests, connections: 4 });
    return percentile(latenciesMs, 0.95);
  };
  const samples = { first: [] as number[], last: [] as number[] };
  await p95('/v1/platform/apps');
  await p95(last);
  // Rounds alternate, so that a disturbance of the machine meets both.
  for (let round = 0; round < rounds; round++) {
    samples.first.push(await p95('/v1/platform/apps'));
    samples.last.push(await p95(last));
  }
  const [first, thousandth] = [median(samples.first), median(samples.last)];
  const ratio = Math.max(first / thousandth, thousandth / first);
  console.log(
    `\nGET /v1/platform/apps, ${String(apps)} apps in one of ${String(tenants)} tenants, 50 a page`,
  );
  console.log(
    `  p95 of page 1: ${first.toFixed(1)} ms, of page ${String(page)}: ${thousandth.toFixed(1)} ms, ratio ${ratio.toFixed(2)} (at most ${String(highestRatio)})`,
  );
  if (ratio > highestRatio) process.exitCode = 1;
  await ours.close();
} finally {
  await database.stop();
}
