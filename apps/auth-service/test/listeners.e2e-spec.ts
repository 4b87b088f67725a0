import { sendBytes } from '#libs/testing';
import { AuthApp } from './support/auth-app.js';

describe('the two listeners', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  afterAll(() => app.stop());

  it('answer an unknown path with a constant 404 that echoes nothing', async () => {
    const answers = await Promise.all(
      [
        '/nothing',
        '/v1/saml/metadata',
        '/api/v1/platform/x',
        '/health/ready',
        '/V1/AUTH/JWKS.JSON',
        '/metrics',
      ].map((path) => app.public.get(path)),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      expect(body).toEqual({
        type: 'about:blank',
        title: 'Not found',
        status: 404,
        code: 'not_found',
        request_id: expect.stringMatching(/^req_/),
      });
    }
  });

  it('serve health on the operator listener alone', async () => {
    expect((await app.operator.get('/health/ready')).body).toEqual({ status: 'ok' });
    expect((await app.operator.get('/v1/auth/jwks.json')).status).toBe(404);
  });

  it('answer a wrong method with 405 and Allow', async () => {
    const { status, headers, body } = await app.public.post('/v1/auth/jwks.json');
    expect([status, headers.allow, body.code]).toEqual([405, 'GET, HEAD', 'method_not_allowed']);
  });

  it('take a target in absolute form for its path, in the router too', async () => {
    const answer = (method: string, target: string): Promise<string> =>
      sendBytes(
        app.public.baseUrl,
        `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
    expect(await answer('GET', 'http://a/.well-known/jwks.json?x')).toContain('"keys"');
    expect(await answer('GET', 'HTTPS://a:1/v1/platform/apps')).toContain('missing_token');
    for (const target of ['http://a', 'http://a?x', 'ftp://a/.well-known/jwks.json'])
      expect(await answer('GET', target)).toMatch(/^HTTP\/1.1 404 /);
    expect(await answer('OPTIONS', '*')).toMatch(/^HTTP\/1.1 404 /);
  });

  const get = 'GET /nothing HTTP/1.1\r\n';
  const post = 'POST /v1/oauth/token HTTP/1.1\r\nHost: a\r\n';
  it.each([
    ['letters that no URL may hold', 'GET /ä HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    ['no Host', `${get}Connection: close\r\n\r\n`, 400, 'invalid_request'],
    [
      'two lengths',
      `${post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      'invalid_request',
    ],
    ['a bad chunk', `${post}Transfer-Encoding: chunked\r\n\r\nx\r\n`, 400, 'invalid_request'],
    [
      'extensions of chunks without end',
      `${post}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(17_000)}\r\n`,
      413,
      'payload_too_large',
    ],
    ['headers without end', `${get}x: ${'x'.repeat(17_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [
      'an unknown expectation as if it were not there',
      `${get}Host: a\r\nExpect: banana\r\nConnection: close\r\n\r\n`,
      404,
      'not_found',
    ],
  ])('refuse %s in the common shape', async (_what, bytes, status, code) => {
    const answer = await sendBytes(app.public.baseUrl, bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const line of [
      'X-Content-Type-Options: nosniff',
      'Strict-Transport-Security: max-age=63072000; includeSubDomains',
      'Referrer-Policy: no-referrer',
      'Cache-Control: no-store',
      'Connection: close',
      'Content-Type: application/problem+json',
    ])
      expect(head.split('\r\n')).toContain(line);
    const [, id] = /^X-Request-Id: (.+)$/m.exec(head) ?? [];
    expect(JSON.parse(body)).toMatchObject({ status, code, request_id: id });
  });

  it('send the common headers with every answer', async () => {
    const { headers } = await app.public.get('/nothing');
    expect(headers).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_/),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['strict-transport-security']).toBeDefined();
    expect(headers['x-powered-by']).toBeUndefined();
  });
});
