// Pairs of refusals that must not be told apart: ratio of their medians, and how often the one takes longer than the other.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import pg from 'pg';
import { startBenchDatabase } from './support/bench-database.ts';
import { ChildServer } from './support/child-server.ts';
import { createPartner } from './support/gateway-partner.ts';
import { median } from './support/load.ts';
import { startOurServer } from './support/our-server.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 20);
const requests = Number(process.env.BENCH_REQUESTS ?? 100);

interface Ask {
  body: object;
  tenantId?: string;
}
/** The known first; made anew for each request, so that texts can differ. */
type Pair = readonly [known: (request: number) => Ask, unknown: (request: number) => Ask];

const here = (file: string): string => new URL(file, import.meta.url).pathname;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The share of all pairs in which the first is larger (Mann and Whitney): 0.5 where nothing can be told. */
function shareLarger(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => [value, 1] as const), ...b.map((value) => [value, 0] as const)];
  all.sort(([x], [y]) => x - y);
  const rankSum = all.reduce((sum, [, isA], index) => sum + isA * (index + 1), 0);
  return (rankSum - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

const database = await startBenchDatabase();
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
try {
  const ours = await startOurServer(database.url);
  const { headers } = await createPartner(ours, database.url, ['connection-check']);
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const otherTenant = 'ten_01J8Z3N0000000000000000000';
  await pool.query(
    `INSERT INTO tenant (id, slug, name, created_at, updated_at) VALUES ($1, 'other', 'other', now(), now())`,
    [otherTenant],
  );
  await pool.end();
  const gateway = await ChildServer.start(
    'api-gateway',
    here('../dist/apps/api-gateway/src/main.js'),
    {
      ...ours.environment,
      AUTH_URL: `http://127.0.0.1:${ours.server.port}`,
      GATEWAY_PORT: '0',
      GATEWAY_OPERATOR_PORT: '0',
      RATE_LIMIT_SCALE: '1000000',
      LOG_LEVEL: 'warn',
    },
  );

  /** Milliseconds until the refusal has arrived. */
  async function ask({ body, tenantId }: Ask): Promise<number> {
    const text = JSON.stringify(body);
    const sentAt = performance.now();
    const call = http.request({
      host: '127.0.0.1',
      port: gateway.port,
      path: '/graphql',
      method: 'POST',
      agent,
      headers: {
        ...headers,
        ...(tenantId && { 'x-tenant-id': tenantId }),
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      },
    });
    call.end(text);
    const [response] = (await once(call, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 403) throw new Error(`answered ${String(response.statusCode)}`);
    return performance.now() - sentAt;
  }

  async function measure(pair: Pair): Promise<readonly [number[], number[]]> {
    const samples: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (let request = 0; request < requests; request++) {
        // Turn and turn about, and each begins as often as the other.
        for (const side of request % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
          const took = await ask(pair[side](round * requests + request));
          // The first tenth is warming up.
          if (round >= rounds / 10) samples[side].push(took);
        }
      }
    }
    return samples;
  }

  const held = readFileSync(
    here('../bundles/connection-check/1.0.0/connection-check.graphql'),
    'utf8',
  );
  const foreign = readFileSync(
    here('../bundles/incident-lifecycle/1.0.0/list-incidents.graphql'),
    'utf8',
  );
  const nobodys = foreign.replace('ListIncidents', 'ListNothings');
  const pairs: Readonly<Record<string, Pair>> = {
    'the same request twice (noise)': [
      () => ({ body: { query: nobodys } }),
      () => ({ body: { query: nobodys } }),
    ],
    'tenant: another one, none': [
      () => ({ body: { query: held }, tenantId: otherTenant }),
      () => ({ body: { query: held }, tenantId: otherTenant.replace('J8Z3', 'J8Z4') }),
    ],
    'documentId: of others, of nobody': [
      () => ({ body: { documentId: `sha256:${digest(foreign)}` } }),
      () => ({ body: { documentId: `sha256:${digest(nobodys)}` } }),
    ],
    'text: of others, of nobody': [
      () => ({ body: { query: foreign } }),
      () => ({ body: { query: nobodys } }),
    ],
    'text, spelled anew each time': [
      (request) => ({ body: { query: `${foreign}#${request}` } }),
      (request) => ({ body: { query: `${nobodys}#${request}` } }),
    ],
  };
  console.log('refusals: known against unknown, one connection, one request at a time');
  for (const [name, pair] of Object.entries(pairs)) {
    const [known, unknown] = await measure(pair);
    const ratio = (median(known) / median(unknown)).toFixed(3);
    console.log(
      `  ${name.padEnd(36)} ${(median(known) * 1_000).toFixed(0).padStart(5)} µs / ${(median(unknown) * 1_000).toFixed(0).padStart(5)} µs = ${ratio}   longer in ${(shareLarger(known, unknown) * 100).toFixed(1)} %`,
    );
  }
  await gateway.stop();
  await ours.close();
} finally {
  agent.destroy();
  await database.stop();
}
