// Token issuance: our real server against oidc-provider 9 and against bare floors, in CPU time of the server per token.
// Ratios are medians of the rounds' own ratios: the machine's speed changes between rounds by more than what is told.
import { ChildServer } from './support/child-server.ts';
import { startBenchDatabase } from './support/bench-database.ts';
import { type BenchRequest, load, median, percentile } from './support/load.ts';
import { prepareLogins } from './support/logins.ts';
import { startOurServer } from './support/our-server.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const requests = Number(process.env.BENCH_REQUESTS ?? 2_000);
/** A 304 is so cheap that it takes many short rounds to tell it from another. */
const jwksRounds = rounds * 20;
const jwksRequests = requests / 2;
const connections = 16;
const loginRounds = 5;

interface Contender {
  server: ChildServer;
  request: BenchRequest;
}

interface Figures {
  cpuMicroseconds: number;
  perSecond: number;
  p99Ms: number;
  /** Our CPU time by this one's. */
  ratio: number;
}

/** Rounds alternate between the contenders, so that a disturbance of the machine meets them all. */
async function compare(
  contenders: Readonly<Record<string, Contender>>,
  { rounds, requests }: { rounds: number; requests: number },
): Promise<Record<string, Figures>> {
  const samples: Record<string, Omit<Figures, 'ratio'>[]> = {};
  for (const { request } of Object.values(contenders))
    await load(request, { requests: Math.ceil(requests / 3), connections });
  for (let round = 0; round < rounds; round++) {
    for (const [name, { server, request }] of Object.entries(contenders)) {
      const before = server.cpuMs();
      const { seconds, latenciesMs } = await load(request, { requests, connections });
      const cpuMicroseconds = ((server.cpuMs() - before) * 1000) / requests;
      const figures = {
        cpuMicroseconds,
        perSecond: requests / seconds,
        p99Ms: percentile(latenciesMs, 0.99),
      };
      (samples[name] ??= []).push(figures);
    }
  }
  const ours = samples['auth-service'] ?? [];
  return Object.fromEntries(
    Object.entries(samples).map(([name, list]) => [
      name,
      {
        ratio: median(
          list.map((item, round) => (ours[round]?.cpuMicroseconds ?? NaN) / item.cpuMicroseconds),
        ),
        cpuMicroseconds: median(list.map((item) => item.cpuMicroseconds)),
        perSecond: median(list.map((item) => item.perSecond)),
        p99Ms: median(list.map((item) => item.p99Ms)),
      },
    ]),
  );
}

function print(title: string, results: Readonly<Record<string, Figures>>): void {
  console.log(`\n${title}`);
  for (const [name, { cpuMicroseconds, perSecond, p99Ms, ratio }] of Object.entries(results)) {
    console.log(
      `  ${name.padEnd(24)} ${cpuMicroseconds.toFixed(0).padStart(6)} µs CPU  ${perSecond.toFixed(0).padStart(6)}/s  p99 ${p99Ms.toFixed(1).padStart(5)} ms   auth-service / this: ${ratio.toFixed(2)}`,
    );
  }
}

function tokenRequest(port: number, path: string, form: Record<string, string>): BenchRequest {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'webhooks:write',
    ...form,
  }).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  };
  return { port, method: 'POST', path, headers, body, expect: 200 };
}

const here = (file: string): string => new URL(file, import.meta.url).pathname;
const database = await startBenchDatabase();
try {
  const ours = await startOurServer(database.url);
  const anyClient = await ours.createClient('RS256');
  const floor = await ChildServer.start('floor', here('servers/token-floor.ts'), {});
  const floorWithRead = await ChildServer.start('floor', here('servers/token-floor.ts'), {
    FLOOR_DATABASE_URL: database.url,
    FLOOR_CLIENT_ID: anyClient.id,
  });
  const oidc = await ChildServer.start('oidc-provider', here('servers/oidc-provider.mjs'), {});
  const secret = 'kng_cs_0123456789012345678901234567890123456789012';

  for (const alg of ['RS256', 'ES256']) {
    const client = await ours.createClient(alg);
    const contenders = {
      'auth-service': {
        server: ours.server,
        request: tokenRequest(ours.server.port, '/v1/oauth/token', {
          client_id: client.id,
          client_secret: client.secret,
        }),
      },
      'oidc-provider (memory)': {
        server: oidc,
        request: tokenRequest(oidc.port, '/token', { client_id: alg, client_secret: secret }),
      },
      floor: {
        server: floor,
        request: tokenRequest(floor.port, `/${alg}`, { client_id: alg, client_secret: secret }),
      },
      'floor + one read': {
        server: floorWithRead,
        request: tokenRequest(floorWithRead.port, `/${alg}`, {
          client_id: alg,
          client_secret: secret,
        }),
      },
    };
    print(
      `${alg}: one token by client credentials`,
      await compare(contenders, { rounds, requests }),
    );
  }

  const etag = await fetch(`http://127.0.0.1:${ours.server.port}/.well-known/jwks.json`).then(
    (response) => response.headers.get('etag') ?? '',
  );
  const conditional = (server: ChildServer, tag: string): Contender => ({
    server,
    request: {
      port: server.port,
      method: 'GET',
      path: '/.well-known/jwks.json',
      headers: { 'if-none-match': tag },
      expect: 304,
    },
  });
  print(
    'JWKS with a matching ETag: 304',
    await compare(
      {
        'auth-service': conditional(ours.server, etag),
        floor: conditional(floor, '"floor"'),
        'floor, same headers': conditional(floor, '"same-headers"'),
      },
      { rounds: jwksRounds, requests: jwksRequests },
    ),
  );
  const calm: number[] = [];
  const burst: number[] = [];
  const whole: number[] = [];
  const spare = tokenRequest(ours.server.port, '/v1/oauth/token', {
    client_id: anyClient.id,
    client_secret: anyClient.secret,
  });
  for (let round = 0; round < loginRounds; round++) {
    const logins = await prepareLogins(ours.server.port, 50);
    const alone = await load(spare, { requests: 500, connections: 2 });
    calm.push(percentile(alone.latenciesMs, 0.99));
    const until = logins.send();
    const [{ latenciesMs }] = await Promise.all([
      load(spare, { requests: 500, connections: 2, until }),
      until,
    ]);
    burst.push(percentile(latenciesMs.slice(0, 500), 0.99));
    whole.push(percentile(latenciesMs, 0.99));
  }
  const besides = (values: readonly number[]): string =>
    `${median(values).toFixed(1)} ms (${(median(values) / median(calm)).toFixed(2)})`;
  console.log(
    `\nRS256 token p99: ${median(calm).toFixed(1)} ms alone; beside 50 logins sent at once, for as long as they last: ${besides(whole)}; of the first 500 tokens: ${besides(burst)}`,
  );
  await Promise.all([ours.close(), floor.stop(), floorWithRead.stop(), oidc.stop()]);
} finally {
  await database.stop();
}
