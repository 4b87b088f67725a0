import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { EgressPolicy } from '../src/index.js';
import { ALLOWED, EgressFixture, post } from './egress-fixture.js';

describe('EgressClient uses its sockets well', () => {
  let fixture: EgressFixture;

  beforeEach(async () => {
    fixture = await EgressFixture.start();
  });

  afterEach(() => fixture.close());

  it('sends the bytes it was given, with their length and nothing of its own', async () => {
    const received = Promise.withResolvers<[IncomingMessage, string]>();
    const server = await fixture.http((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        response.end();
        received.resolve([request, body]);
      });
    });
    await fixture.client().send({
      method: 'POST',
      url: `http://hook.example:${server.port}/hook?a=1`,
      headers: { 'content-type': 'application/json', 'user-agent': 'Knogin-Webhooks/1.0' },
      body: Buffer.from('{"name":"Grüße 🚒"}'),
    });
    const [request, body] = await received.promise;
    expect(body).toBe('{"name":"Grüße 🚒"}');
    expect(request).toMatchObject({ method: 'POST', url: '/hook?a=1', httpVersion: '1.1' });
    expect(request.headers).toEqual({
      host: `hook.example:${server.port}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'user-agent': 'Knogin-Webhooks/1.0',
      'content-length': '23',
    });
  });

  it('states the length of an empty body too', async () => {
    const server = await fixture.http((request, response) => {
      response.end(`${request.headers['content-length']} ${request.headers['transfer-encoding']}`);
    });
    const url = `http://hook.example:${server.port}/`;
    const result = await fixture
      .client()
      .send({ method: 'POST', url, headers: {}, body: Buffer.alloc(0) });
    expect(result.response?.body).toBe('0 undefined');
  });

  it('gives status, allowed headers, body, peer and duration', async () => {
    const server = await fixture.http((_, response) => {
      fixture.clock.advance(42);
      response
        .writeHead(503, { 'retry-after': '7', 'set-cookie': 'a=b', 'x-request-id': 'r1' })
        .end('later');
    });
    expect(await post(fixture.client(), server)).toEqual({
      outcome: 'responded',
      response: {
        status: 503,
        headers: { 'retry-after': '7', 'x-request-id': 'r1', date: expect.any(String) },
        body: 'later',
        truncated: false,
      },
      remoteAddress: ALLOWED,
      durationMs: 42,
    });
  });

  it('keeps the connection for the next request', async () => {
    const server = await fixture.http((_, response) => response.end());
    const client = fixture.client();
    for (let i = 0; i < 20; i++) await post(client, server);
    expect(server.connections).toBe(1);
  });

  it('opens a new one where the receiver closes each', async () => {
    const server = await fixture.http((_, response) =>
      response.writeHead(200, { connection: 'close' }).end(),
    );
    const client = fixture.client();
    for (let i = 0; i < 3; i++)
      expect(await post(client, server)).toMatchObject({ outcome: 'responded' });
    expect(server.connections).toBe(3);
  });

  it('opens at most eight sockets, and lets further requests wait for one', async () => {
    const held: ServerResponse[] = [];
    const server = await fixture.http((_, response) => {
      held.push(response);
      if (held.length >= 8) held.splice(0).forEach((one) => one.end());
    });
    const client = fixture.client();
    const results = await Promise.all(Array.from({ length: 24 }, () => post(client, server)));
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(24).fill('responded'));
    expect(server.connections).toBe(8);
  });

  it('lets no pool key wait for another', async () => {
    const stuck = await fixture.http((request, response) => {
      if (request.headers['x-key'] === 'b') response.end();
    });
    const client = fixture.client({ limits: { totalTimeoutMs: 300, socketsPerPool: 1 } });
    const ofA = post(client, stuck, { poolKey: 'a', headers: { 'x-key': 'a' } });
    const ofB = await post(client, stuck, { poolKey: 'b', headers: { 'x-key': 'b' } });
    expect(ofB).toMatchObject({ outcome: 'responded' });
    expect(await ofA).toMatchObject({ outcome: 'failed', error: 'timeout' });
  });

  it('gives up a request that never got a socket, and sends it to nobody', async () => {
    let requests = 0;
    const server = await fixture.http(() => requests++);
    const client = fixture.client({ limits: { totalTimeoutMs: 100, socketsPerPool: 1 } });
    const results = await Promise.all([post(client, server), post(client, server)]);
    expect(results).toMatchObject([
      { error: 'timeout', remoteAddress: ALLOWED },
      { error: 'timeout', remoteAddress: null },
    ]);
    expect(requests).toBe(1);
  });

  it('goes on with those that wait after one has failed', async () => {
    let requests = 0;
    const server = await fixture.http((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else response.end();
    });
    const client = fixture.client({ limits: { socketsPerPool: 1 } });
    const results = await Promise.all([
      post(client, server),
      post(client, server),
      post(client, server),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'responded', 'responded']);
  });

  it('never sends a second time what failed on a used socket', async () => {
    let requests = 0;
    const server = await fixture.http((request, response) => {
      requests += 1;
      if (requests === 1) response.end();
      else request.socket.destroy();
    });
    const client = fixture.client();
    await post(client, server);
    expect(await post(client, server)).toMatchObject({
      outcome: 'failed',
      error: 'connection_reset',
    });
    expect([requests, server.connections]).toEqual([2, 1]);
  });

  it('closes a socket that is not used', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const server = await fixture.tcp((socket) => {
      accepted.resolve(socket);
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    });
    const client = fixture.client({ limits: { idleSocketMs: 20 } });
    await post(client, server);
    await once(await accepted.promise, 'close');
    expect(await post(client, server)).toMatchObject({ outcome: 'responded' });
    expect(server.connections).toBe(2);
  });

  it('closes a socket a second before the receiver would', async () => {
    const server = await fixture.http((_, response) => {
      response.writeHead(200, { 'keep-alive': 'timeout=1' }).end();
    });
    const client = fixture.client();
    await post(client, server);
    await post(client, server);
    expect(server.connections).toBe(2);
  });

  it('throws what is our own fault, and keeps the socket for others', async () => {
    const server = await fixture.http((_, response) => response.end());
    const client = fixture.client({ limits: { socketsPerPool: 1 } });
    await expect(post(client, server, { headers: { 'x-a': 'b\r\nx-evil: 1' } })).rejects.toThrow(
      'x-a',
    );
    expect(await post(client, server)).toMatchObject({ outcome: 'responded' });
  });

  it('waits for what is under way when closed, and takes nothing more', async () => {
    const pending = Promise.withResolvers<ServerResponse>();
    const server = await fixture.http((_, response) => pending.resolve(response));
    const client = fixture.client();
    const result = post(client, server);
    const response = await pending.promise;
    const closed = client.close();
    await expect(post(client, server)).rejects.toThrow('closed');
    response.end();
    expect(await result).toMatchObject({ outcome: 'responded' });
    await closed;
    if (server.open > 0) await once(response.socket ?? response.req.socket, 'close');
    expect(server.open).toBe(0);
  });
});

describe('EgressClient says how a receiver failed', () => {
  let fixture: EgressFixture;

  beforeEach(async () => {
    fixture = await EgressFixture.start();
  });

  afterEach(() => fixture.close());

  it('nobody listens', async () => {
    const server = await fixture.http(() => undefined);
    const url = `http://hook.example:${server.port}/`;
    await server.close();
    expect(await post(fixture.client(), url)).toMatchObject({
      error: 'connection_refused',
      code: 'ECONNREFUSED',
    });
  });

  it('nobody listens on any of its addresses', async () => {
    const server = await fixture.http(() => undefined);
    const url = `http://hook.example:${server.port}/`;
    await server.close();
    fixture.dns.answer('hook.example', ['127.0.0.3', '127.0.0.4']);
    const policy = new EgressPolicy({ allowHttp: true, allowCidrs: ['127.0.0.0/8'] });
    expect(await post(fixture.client({ policy }), url)).toMatchObject({
      error: 'connection_refused',
      code: 'ECONNREFUSED',
    });
  });

  it('the name does not exist', async () => {
    const result = await post(fixture.client(), 'http://unknown.example/');
    expect(result).toMatchObject({ error: 'dns_error', code: 'ENOTFOUND', remoteAddress: null });
  });

  it.each<[string, string, (socket: Socket) => unknown]>([
    ['it resets', 'ECONNRESET', (socket) => socket.resetAndDestroy()],
    ['it closes', 'UND_ERR_SOCKET', (socket) => socket.end()],
    [
      'it stops half way',
      'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
      (socket) =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhalf'),
    ],
    [
      'it speaks another protocol',
      'HTTP_PARSER',
      (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    ],
    [
      'it switches protocols',
      'UND_ERR_SOCKET',
      (socket) => socket.write('HTTP/1.1 101 No\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    [
      'its status is none',
      'ERR_ASSERTION',
      (socket) => socket.end('HTTP/1.1 099 Huh\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'it states two lengths',
      'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    ],
  ])('connection_reset: %s', async (_, code, behave) => {
    const server = await fixture.tcp((socket) => socket.once('data', () => behave(socket)));
    const result = await post(fixture.client(), server);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: 'connection_reset',
      code,
      remoteAddress: ALLOWED,
    });
  });
});
