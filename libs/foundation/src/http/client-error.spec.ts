import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { FixedClock, sendBytes } from '#libs/testing';
import { Ids } from '../ids/ids.js';
import { createLogger } from '../logging/logger.js';
import { createClientErrorListener } from './client-error.js';
import { setRequestState } from './request-facts.js';

const whole = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n';
const garbage = 'nonsense\r\n\r\n';

describe('the client error listener', () => {
  const clock = new FixedClock();
  const responses = new Set<ServerResponse>();
  let server: Server;
  let baseUrl: string;

  beforeEach(async () => {
    const timeouts = { headersTimeout: 20, requestTimeout: 20, connectionsCheckingInterval: 5 };
    server = createServer(timeouts, (request, response) => {
      const facts = { id: 'req_own', ip: '', userAgent: '', startedAtMs: 0 };
      setRequestState(request, { ...facts, listener: 'public', route: undefined });
      responses.add(response);
      response.on('close', () => responses.delete(response));
      server.emit('asked', response);
    });
    const logger = createLogger({ name: 'test', level: 'silent' });
    const listener = createClientErrorListener({ clock, ids: new Ids(clock), logger, responses });
    server.on('clientError', listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => server.close());

  it('answers headers, and a body, that take too long with 408', async () => {
    const late = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf';
    for (const half of ['GET / HTT', late])
      expect(await sendBytes(baseUrl, half)).toMatch(/^HTTP\/1.1 408 [^]*"code":"request_timeout"/);
  });

  it('answers a bad chunk with the id its request has', async () => {
    const answer = await sendBytes(
      baseUrl,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*X-Request-Id: req_own\r\n/);
  });

  it('leaves the answer to the whole request before the fault, as the last of the connection', async () => {
    const asked = once(server, 'asked') as Promise<[ServerResponse]>;
    const answered = sendBytes(baseUrl, whole + garbage);
    const [response] = await asked;
    response.end('its own');
    expect(await answered).toMatch(/^HTTP\/1.1 200 [^]*Connection: close\r\n[^]*its own/);
  });

  it('writes nothing into an answer that has begun', async () => {
    const asked = once(server, 'asked') as Promise<[ServerResponse]>;
    const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
    socket.write(whole);
    const [response] = await asked;
    response.write('half');
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    await once(socket, 'data');
    socket.write(garbage);
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1.1 200 [^]*half\r\n$/);
  });

  it('sends nothing to who has gone', () => {
    const gone = (writable: boolean): Socket & { write: jest.Mock; destroy: jest.Mock } =>
      ({ writable, write: jest.fn(), destroy: jest.fn() }) as never;
    const [reset, closed] = [gone(true), gone(false)];
    server.emit('clientError', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), reset);
    server.emit('clientError', Object.assign(new Error('bad'), { code: 'HPE_INVALID' }), closed);
    for (const socket of [reset, closed]) {
      expect(socket.write).not.toHaveBeenCalled();
      expect(socket.destroy).toHaveBeenCalled();
    }
  });
});
