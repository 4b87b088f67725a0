import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { EgressFixture, post } from './egress-fixture.js';

const OK = 'HTTP/1.1 200 OK\r\n';
/** One limit each, the other as wide as ever: on a busy machine two that lie close run out in the same turn of the loop. */
const briefly = { limits: { totalTimeoutMs: 1_000 } };
const quickly = { limits: { connectTimeoutMs: 500 } };

describe('EgressClient bounds every exchange', () => {
  let fixture: EgressFixture;

  beforeEach(async () => {
    fixture = await EgressFixture.start();
  });

  afterEach(() => fixture.close());

  /** A server that waits for the request and then behaves as told. */
  function after(behave: (socket: Socket) => void): ReturnType<EgressFixture['tcp']> {
    return fixture.tcp((socket) => socket.once('data', () => behave(socket)));
  }

  it('[W44] ends a response that drips, by the total time and not the time between bytes', async () => {
    const server = await after((socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
      const drip = setInterval(() => socket.write('1\r\nx\r\n'), 10);
      socket.once('close', () => clearInterval(drip));
    });
    const result = await post(fixture.client(briefly), server);
    expect(result).toMatchObject({ outcome: 'failed', error: 'timeout' });
    expect(result.response?.body).toMatch(/^x+$/);
  });

  it('[W44] ends headers that drip', async () => {
    const server = await after((socket) => {
      socket.write(OK);
      const drip = setInterval(() => socket.write('a: b\r\n'), 10);
      socket.once('close', () => clearInterval(drip));
    });
    const result = await post(fixture.client(briefly), server);
    expect(result).toMatchObject({ outcome: 'failed', error: 'timeout', response: null });
  });

  it('[W44] stops reading an endless body and hangs up', async () => {
    const hungUp = Promise.withResolvers<number>();
    const server = await after((socket) => {
      socket.write(`${OK}\r\n`);
      const pour = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(16_384)));
      };
      socket.on('drain', pour).once('close', () => hungUp.resolve(socket.bytesWritten));
      pour();
    });
    const result = await post(fixture.client(), server);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: 'response_too_large',
      code: 'BODY_LENGTH',
      response: { status: 200, body: 'x'.repeat(4_096), truncated: true },
    });
    await hungUp.promise;
  });

  it('[W44] reads 64 KiB and not a byte more', async () => {
    const server = await fixture.http((request, response) => {
      response.end(Buffer.alloc(Number(request.headers['x-length']), 'x'));
    });
    const client = fixture.client();
    const exact = await post(client, server, { headers: { 'x-length': '65536' } });
    expect(exact).toMatchObject({ outcome: 'responded', response: { truncated: true } });
    const over = await post(client, server, { headers: { 'x-length': '65537' } });
    expect(over).toMatchObject({ outcome: 'failed', error: 'response_too_large' });
  });

  it('[W44] does not inflate a compression bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
    const server = await fixture.http((request, response) => {
      expect(request.headers['accept-encoding']).toBeUndefined();
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb.subarray(0, 3_000));
    });
    const result = await post(fixture.client(), server);
    expect(result.outcome).toBe('responded');
    expect(result.response?.body.length).toBeLessThanOrEqual(3_000);
    expect(result.response?.body).not.toContain('\0');
  });

  it.each([
    [300, 1, 'HEADER_COUNT'],
    [20, 1_000, 'UND_ERR_HEADERS_OVERFLOW'],
  ])('[W44] refuses %i response headers of %i bytes', async (count, length, code) => {
    const lines = Array.from(
      { length: count },
      (_, index) => `h-${index}: ${'v'.repeat(length)}\r\n`,
    );
    const server = await after((socket) => socket.write(`${OK}${lines.join('')}\r\n`));
    const result = await post(fixture.client(), server);
    expect(result).toMatchObject({ outcome: 'failed', error: 'response_too_large', code });
  });

  it('[W44] accepts 90 response headers', async () => {
    const lines = Array.from({ length: 90 }, (_, index) => `h-${index}: v\r\n`);
    const server = await after((socket) =>
      socket.write(`${OK}${lines.join('')}content-length: 0\r\n\r\n`),
    );
    expect(await post(fixture.client(), server)).toMatchObject({ outcome: 'responded' });
  });

  it('[W44] refuses endless interim responses', async () => {
    const server = await after((socket) =>
      socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(9)),
    );
    const result = await post(fixture.client(), server);
    expect(result).toMatchObject({
      error: 'response_too_large',
      code: 'INTERIM_RESPONSES',
      response: null,
    });
  });

  it('[W57] takes no 200 that is not complete in time for a success', async () => {
    const server = await after((socket) => socket.write(`${OK}content-length: 2\r\n\r\no`));
    const result = await post(fixture.client(briefly), server);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: 'timeout',
      response: { status: 200, body: 'o' },
    });
  });

  it('[W57] takes no interim response for the answer', async () => {
    const server = await after((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await post(fixture.client(), server)).toMatchObject({ response: { status: 500 } });
  });

  it('waits for a response no longer than the whole exchange may take', async () => {
    const server = await after(() => undefined);
    const result = await post(fixture.client(briefly), server);
    expect(result).toMatchObject({ outcome: 'failed', error: 'timeout', response: null });
  });

  it('hangs up on what it gave up', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const server = await fixture.tcp((socket) => accepted.resolve(socket.resume()));
    const result = post(fixture.client(briefly), server);
    await once(await accepted.promise, 'close');
    expect(await result).toMatchObject({ error: 'timeout' });
  });

  it('counts the TLS handshake towards connecting', async () => {
    const server = await fixture.tcp(() => undefined);
    const result = await post(fixture.client(quickly), `https://hook.example:${server.port}/`);
    expect(result).toMatchObject({ outcome: 'failed', error: 'connect_timeout' });
    expect(server.connections).toBe(1);
  });

  it('counts name resolution towards connecting', async () => {
    fixture.dns.answer('hook.example', 'silence');
    const result = await post(fixture.client(quickly), 'http://hook.example/');
    expect(result).toMatchObject({ outcome: 'failed', error: 'dns_error', code: 'TIMEOUT' });
  });
});
