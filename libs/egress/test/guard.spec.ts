import { createServer } from 'node:http';
import type { Loopback } from '#libs/testing';
import { EgressPolicy, type HostAddress } from '../src/index.js';
import { ALLOWED, EgressFixture, FORBIDDEN, post } from './egress-fixture.js';

const BLOCKED = {
  outcome: 'failed',
  error: 'blocked_destination',
  remoteAddress: null,
  response: null,
};
const ANSWERED = { outcome: 'responded', remoteAddress: ALLOWED };

describe('EgressClient guards its destinations', () => {
  let fixture: EgressFixture;
  /** Listens on every loopback address; tells where each request arrived. */
  let server: Loopback;
  let arrivals: string[];
  let keepAlive: boolean;

  beforeEach(async () => {
    arrivals = [];
    keepAlive = false;
    fixture = await EgressFixture.start();
    server = await fixture.listen(
      createServer((request, response) => {
        arrivals.push(request.socket.localAddress ?? '');
        if (!keepAlive) response.setHeader('connection', 'close');
        response.end('ok');
      }),
      '0.0.0.0',
    );
  });

  afterEach(() => fixture.close());

  it('[W35] sends to a listed address, without asking any name server', async () => {
    const result = await post(fixture.client(), `http://${ALLOWED}:${server.port}/`);
    expect(result).toMatchObject(ANSWERED);
    expect(fixture.dns.queries).toEqual([]);
  });

  it.each([
    '127.0.0.2',
    '0x7f.0.0.2',
    '2130706434',
    '127.2',
    '[::ffff:127.0.0.2]',
    '[::1]',
    '0.0.0.0',
    '[::]',
  ])('[W35] does not connect to the literal %s, for which no lookup is called', async (host) => {
    const result = await post(fixture.client(), `http://${host}:${server.port}/`);
    expect(result).toMatchObject({ ...BLOCKED, code: 'URL_IP_LITERAL' });
    expect(server.connections).toBe(0);
  });

  it.each([
    'http://localhost',
    'http://app.localhost',
    'http://user@hook.example',
    'ftp://hook.example',
  ])('[W41] refuses %s on sending too, for rows stored under another policy', async (origin) => {
    const result = await post(fixture.client(), `${origin}:${server.port}/`);
    expect(result).toMatchObject(BLOCKED);
    expect(server.connections).toBe(0);
  });

  it('[W41] guards every method alike', async () => {
    fixture.dns.answer('hook.example', [FORBIDDEN]);
    const client = fixture.client();
    for (const method of ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] as const) {
      const url = `http://hook.example:${server.port}/`;
      const result = await client.send({ method, url, headers: {}, body: Buffer.alloc(0) });
      expect(result).toMatchObject({ ...BLOCKED, code: 'FORBIDDEN_ADDRESS' });
    }
    expect(server.connections).toBe(0);
  });

  it('[W41] refuses plain http where the policy does, whatever is stored', async () => {
    const policy = new EgressPolicy({ allowHttp: false, allowCidrs: [`${ALLOWED}/32`] });
    const result = await post(fixture.client({ policy }), server);
    expect(result).toMatchObject({ ...BLOCKED, code: 'URL_SCHEME' });
  });

  it('[W36] connects to the very answer that it judged, however the name is rebound', async () => {
    const answers = Array.from({ length: 20 }, (_, index) => [
      index % 2 === 0 ? ALLOWED : FORBIDDEN,
    ]);
    fixture.dns.answer('hook.example', [ALLOWED], ...answers.slice(1));
    const client = fixture.client();
    const outcomes = [];
    for (let i = 0; i < answers.length; i++) outcomes.push((await post(client, server)).outcome);

    expect(outcomes).toEqual(
      answers.map(([address]) => (address === ALLOWED ? 'responded' : 'failed')),
    );
    expect(arrivals).toEqual(Array(10).fill(ALLOWED));
    expect(server.connections).toBe(10);
    expect(fixture.dns.queries).toHaveLength(2 * answers.length);
  });

  it.each<[string, string[]]>([
    ['first', [FORBIDDEN, ALLOWED]],
    ['last', [ALLOWED, FORBIDDEN]],
    ['of the other family', [ALLOWED, '::1']],
    ['in IPv6 dress', [ALLOWED, '::ffff:127.0.0.2']],
  ])('[W37] one forbidden answer spoils the name: %s', async (_, answers) => {
    fixture.dns.answer('hook.example', answers);
    expect(await post(fixture.client(), server)).toMatchObject(BLOCKED);
    expect(server.connections).toBe(0);
  });

  it('[W37] tries the next address where the first does not answer', async () => {
    const policy = new EgressPolicy({ allowHttp: true, allowCidrs: ['127.0.0.0/8'] });
    const one = await fixture.listen(
      createServer((_, response) => response.end()),
      '127.0.0.3',
    );
    fixture.dns.answer('hook.example', ['127.0.0.4', '127.0.0.3']);
    expect(await post(fixture.client({ policy }), one)).toMatchObject({
      outcome: 'responded',
      remoteAddress: '127.0.0.3',
    });
  });

  it('[W37] hangs up on a peer that turns out to be forbidden, before it sends a byte', async () => {
    const policy = new FicklePolicy({ allowHttp: true, allowCidrs: [`${ALLOWED}/32`] });
    const result = await post(fixture.client({ policy }), server);
    expect(result).toMatchObject({ ...BLOCKED, code: 'FORBIDDEN_PEER' });
    expect(policy.judged).toEqual([ALLOWED, ALLOWED]);
    expect(arrivals).toEqual([]);
  });

  it('[W39] asks DNS anew once a socket is 60 s old', async () => {
    keepAlive = true;
    const client = fixture.client();
    await post(client, server);
    fixture.dns.answer('hook.example', [FORBIDDEN]);

    fixture.clock.advance(59_999);
    expect(await post(client, server)).toMatchObject(ANSWERED);
    expect(server.connections).toBe(1);

    fixture.clock.advance(1);
    expect(await post(client, server)).toMatchObject(BLOCKED);
    expect(server.connections).toBe(1);
  });

  it('[W40] follows no redirect', async () => {
    const location = `http://${FORBIDDEN}:${server.port}/latest/meta-data/`;
    const redirecting = await fixture.http((_, response) =>
      response.writeHead(307, { location }).end(),
    );
    const result = await post(fixture.client(), redirecting);
    expect(result).toMatchObject({ ...ANSWERED, response: { status: 307, headers: { location } } });
    expect(server.connections).toBe(0);
  });

  it('[W42] uses no proxy from the environment', async () => {
    const before = { ...process.env };
    const proxy = `http://${ALLOWED}:${server.port}`;
    for (const name of ['http_proxy', 'https_proxy', 'all_proxy']) {
      process.env[name] = process.env[name.toUpperCase()] = proxy;
    }
    try {
      const receiver = await fixture.http((_, response) => response.end());
      expect(await post(fixture.client(), receiver)).toMatchObject(ANSWERED);
      expect(server.connections).toBe(0);
    } finally {
      process.env = before;
    }
  });

  it('[W43] says the same of a forbidden open port and of a forbidden closed one', async () => {
    const closed = await fixture.http(() => undefined);
    const { port } = closed;
    await closed.close();
    fixture.dns.answer('hook.example', [FORBIDDEN]);
    const client = fixture.client();
    const ofOpen = await post(client, server);
    expect(await post(client, `http://hook.example:${port}/`)).toEqual(ofOpen);
    expect(JSON.stringify(ofOpen)).not.toMatch(/127|refused|\d{4}/);
  });

  it.each([
    ['nothing', []],
    ['a private address', [{ address: '10.0.0.1', family: 4 as const }]],
  ])('judges what an injected resolver answers: %s', async (_, answers: HostAddress[]) => {
    const client = fixture.client({ resolve: () => Promise.resolve(answers) });
    const error = answers.length === 0 ? 'dns_error' : 'blocked_destination';
    expect(await post(client, server)).toMatchObject({ outcome: 'failed', error });
  });
});

/** Permits each address the first time it is asked, as if the peer were not the one that was resolved. */
class FicklePolicy extends EgressPolicy {
  readonly judged: string[] = [];

  override permits(address: string): boolean {
    const isFirst = !this.judged.includes(address);
    this.judged.push(address);
    return isFirst && super.permits(address);
  }
}
