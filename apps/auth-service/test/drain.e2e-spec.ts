import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AuthApp } from './support/auth-app.js';

/** What has arrived, once it matches. */
async function read(socket: Socket, pattern: RegExp): Promise<string> {
  let text = '';
  while (!pattern.test(text)) text += String((await once(socket, 'data'))[0]);
  return text;
}

describe('a process that is told to stop', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  const open = (): Socket => connect(Number(new URL(app.public.baseUrl).port), '127.0.0.1');

  it('finishes what it has, ends busy connections with their answer and closes the operators’ listener last', async () => {
    const busy = open();
    const answered = once(busy, 'end');
    busy.write('GET /v1/auth/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await read(busy, /"keys"/)).not.toMatch(/^connection: close/im);
    const head = 'POST /v1/oauth/token HTTP/1.1\r\nHost: a\r\n';
    const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 21\r\n\r\n';
    busy.write(head + form + 'grant_type=');
    // Another connection's answer comes later than the front handler has met the half request.
    await app.public.get('/v1/auth/jwks.json');
    const operator = app.operator;
    expect((await operator.get('/health/ready')).status).toBe(200);

    const stopped = app.stop();

    const ready = await operator.get('/health/ready');
    expect([ready.status, ready.body.detail]).toEqual([503, 'The process is stopping.']);
    await expect(app.public.get('/v1/auth/jwks.json')).rejects.toThrow();
    busy.write('unknown-gr');
    const answer = await read(busy, /unsupported_grant_type|invalid_client/);
    expect(answer).toMatch(/^connection: close/im);
    await answered;
    await stopped;
    await expect(operator.get('/health/live')).rejects.toThrow();
  });
});
