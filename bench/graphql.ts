// A GraphQL request: our gateway with everything it checks, against a bare floor and three servers without any check.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { startBenchDatabase } from './support/bench-database.ts';
import { ChildServer } from './support/child-server.ts';
import { createPartner } from './support/gateway-partner.ts';
import { type BenchRequest, load, median } from './support/load.ts';
import { startOurServer } from './support/our-server.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const requests = Number(process.env.BENCH_REQUESTS ?? 4_000);
const connections = 16;

interface Contender {
  server: ChildServer;
  request: BenchRequest;
}

/** Microseconds of the server's CPU for one request, the median of rounds that alternate between the contenders. */
async function compare(
  contenders: Readonly<Record<string, Contender>>,
  count: number,
): Promise<Record<string, number>> {
  const samples: Record<string, number[]> = {};
  const entries = Object.entries(contenders);
  // As many for each: what is compiled after some thousand calls is compiled everywhere.
  for (const [, { request }] of entries) await load(request, { requests, connections });
  for (let round = 0; round < rounds; round++) {
    // Each round starts with the next one, so that nobody always follows the same neighbour.
    const first = round % entries.length;
    for (const [name, { server, request }] of [
      ...entries.slice(first),
      ...entries.slice(0, first),
    ]) {
      const before = server.cpuMs();
      await load(request, { requests: count, connections });
      (samples[name] ??= []).push(((server.cpuMs() - before) * 1_000) / count);
    }
  }
  return Object.fromEntries(entries.map(([name]) => [name, median(samples[name] ?? [])]));
}

/** @throws Error where a contender answers anything but the data that the gateway answers, the floor its very bytes */
async function assertSameAnswers(contenders: Readonly<Record<string, Contender>>): Promise<void> {
  const answers = await Promise.all(
    Object.entries(contenders).map(async ([name, { request }]) => {
      const { port, path, method, headers, body } = request;
      const url = `http://127.0.0.1:${port}${path}`;
      const text = await (await fetch(url, { method, headers, body: body ?? null })).text();
      return { name, text, data: (JSON.parse(text) as { data?: unknown }).data };
    }),
  );
  const [ours] = answers;
  for (const { name, text, data } of answers) {
    const isSame = name === 'floor' ? text === ours?.text : isDeepStrictEqual(data, ours?.data);
    if (!data || !isSame) throw new Error(`${name} answers something else: ${text.slice(0, 300)}`);
  }
}

function print(title: string, results: Readonly<Record<string, number>>): void {
  const ours = results['api-gateway'] ?? Number.NaN;
  console.log(`\n${title}`);
  for (const [name, microseconds] of Object.entries(results)) {
    const ratio = (ours / microseconds).toFixed(2);
    console.log(
      `  ${name.padEnd(36)} ${microseconds.toFixed(0).padStart(6)} µs CPU   api-gateway / this: ${ratio}`,
    );
  }
}

const here = (file: string): string => new URL(file, import.meta.url).pathname;
const documentOf = (bundle: string, file: string): string =>
  readFileSync(here(`../bundles/${bundle}/1.0.0/${file}.graphql`), 'utf8');
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const small = documentOf('connection-check', 'connection-check');
const large = documentOf('incident-lifecycle', 'list-incidents');
const foreign = documentOf('incident-webhook-configuration', 'list-webhook-event-types');
const first = { first: 100 };

function post(port: number, path: string, body: object, headers = {}): BenchRequest {
  const text = JSON.stringify(body);
  return {
    port,
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    },
    body: text,
    expect: 200,
  };
}

const database = await startBenchDatabase();
try {
  const ours = await startOurServer(database.url);
  const { caller, headers } = await createPartner(ours, database.url, [
    'connection-check',
    'incident-lifecycle',
  ]);
  const documents = { [digest(small)]: small, [digest(large)]: large };
  const environment = {
    BENCH_DOCUMENTS: JSON.stringify(documents),
    BENCH_CALLER: JSON.stringify(caller),
    NODE_ENV: 'production',
  };
  const gateway = await ChildServer.start('api-gateway', here('servers/graphql-gateway.mjs'), {
    ...ours.environment,
    AUTH_URL: `http://127.0.0.1:${ours.server.port}`,
    GATEWAY_PORT: '0',
    GATEWAY_OPERATOR_PORT: '0',
    // Counted, and far from refusing. A line for each request would be ours alone: the others write none.
    RATE_LIMIT_SCALE: '1000000',
    LOG_LEVEL: 'warn',
  });
  const start = (name: string): Promise<ChildServer> =>
    ChildServer.start(name, here(`servers/graphql-${name}.mjs`), environment);
  const floor = await start('floor');
  const apollo = await start('apollo');
  const yoga = await start('yoga');
  const mercurius = await start('mercurius');

  const gatewayPost = (body: object, more = {}): BenchRequest =>
    post(gateway.port, '/graphql', body, { ...headers, ...more });
  const contenders = (text: string, variables: object): Record<string, Contender> => ({
    'api-gateway': { server: gateway, request: gatewayPost({ query: text, variables }) },
    'api-gateway, by documentId': {
      server: gateway,
      request: gatewayPost({ documentId: `sha256:${digest(text)}`, variables }),
    },
    floor: { server: floor, request: post(floor.port, '/', { query: text, variables }) },
    'Apollo Server 5': {
      server: apollo,
      request: post(apollo.port, '/', { query: text, variables }),
    },
    'Yoga 5, persisted operations': {
      server: yoga,
      request: post(yoga.port, '/graphql', {
        variables,
        extensions: { persistedQuery: { version: 1, sha256Hash: digest(text) } },
      }),
    },
    'Mercurius, jit and onlyPersisted': {
      server: mercurius,
      request: post(mercurius.port, '/graphql', {
        query: digest(text),
        variables,
        persisted: true,
      }),
    },
  });

  console.log(`All answer the same data. The gateway alone verifies a token, its liveness, tenant, grant, scopes, limits and variables,
counts usage and sends the headers of a public API: the others do none of it, which is their advantage. Yoga and
Mercurius get a short id for the text, the others the text.`);
  const smalls = contenders(small, {});
  const larges = contenders(large, first);
  for (const each of [smalls, larges]) await assertSameAnswers(each);
  print('small: ConnectionCheck', await compare(smalls, requests));
  print(
    'large: ListIncidents, 100 incidents of 14 fields',
    await compare(larges, Math.ceil(requests / 8)),
  );

  const refusal = (body: object, expect: number, more = {}): Contender => ({
    server: gateway,
    request: { ...gatewayPost(body, more), expect },
  });
  const garbage = `{ ${'a: b '.repeat(670)} }`;
  print(
    'refused: what api-gateway / this should be above 1, but for the garbage',
    await compare(
      {
        'api-gateway': { server: gateway, request: gatewayPost({ query: small, variables: {} }) },
        'unknown documentId': refusal({ documentId: `sha256:${digest('x')}` }, 403),
        'unknown text': refusal({ query: small.replace('scopes', 'tenantId') }, 403),
        "another app's text": refusal({ query: foreign }, 403),
        introspection: refusal({ query: '{ __schema { types { name } } }' }, 403),
        'no token': refusal({ query: small }, 401, { authorization: '' }),
        'another tenant': refusal({ query: small }, 403, {
          'x-tenant-id': 'ten_01J8Z3N0000000000000000000',
        }),
        'garbage of 2,000 tokens': refusal({ query: garbage }, 400),
      },
      requests,
    ),
  );
  await Promise.all([gateway, floor, apollo, yoga, mercurius].map((server) => server.stop()));
  await ours.close();
} finally {
  await database.stop();
}
