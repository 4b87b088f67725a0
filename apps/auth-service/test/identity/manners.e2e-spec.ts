import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

describe('manners of the resource routes', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  const path = '/v1/platform/apps';

  beforeAll(async () => {
    app = await AuthApp.start();
    tenant = await app.createTenant();
  });

  afterAll(() => app.stop());

  const send = (body: string, contentType: string) =>
    tenant.admin.post(path, { body, headers: { 'content-type': contentType } });

  it('answer every failure as problem+json with a stable code and the request’s id, not stored [O18]', async () => {
    const outcomes = [
      [await app.public.get(path), 401, 'missing_token'],
      [await app.public.get(path, { token: 'nonsense' }), 401, 'invalid_token'],
      [await tenant.admin.put(path), 405, 'method_not_allowed'],
      [await send('{', 'application/json'), 400, 'malformed_json'],
      [await send('{}', 'text/plain'), 415, 'unsupported_media_type'],
      [await send('{}', 'application/json; charset=latin1'), 415, 'unsupported_media_type'],
      [await send(`"${'x'.repeat(65_536)}"`, 'application/json'), 413, 'payload_too_large'],
      [await send('{"name":"a","name":"b"}', 'application/json'), 400, 'malformed_json'],
      [await send('[]', 'application/json'), 422, 'validation_failed'],
      [await send('[]', 'application/json; foo=bar; charset=UTF-8'), 422, 'validation_failed'],
      [await send('{"name":"\\ud800"}', 'application/json'), 422, 'validation_failed'],
      [await tenant.admin.get(`${path}?limit=0`), 400, 'invalid_parameter'],
      [await tenant.admin.get(`${path}?limit=201`), 400, 'invalid_parameter'],
      [await tenant.admin.get(`${path}?limit=1&limit=2`), 400, 'invalid_parameter'],
      [await tenant.admin.get(`${path}?unknown=1`), 400, 'invalid_parameter'],
      [await tenant.admin.get(`${path}/app_missing`), 404, 'not_found'],
    ] as const;
    for (const [answer, status, code] of outcomes) {
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body.request_id).toBe(answer.headers['x-request-id']);
    }
    expect(outcomes[2][0].headers.allow).toBe('GET, HEAD, POST');
  });

  it('challenge without an error code where no token came, and with one where it is bad', async () => {
    const none = await app.public.get(path);
    expect(none.headers['www-authenticate']).toBe(
      'Bearer realm="knogin", resource_metadata="https://auth.knogin.com/.well-known/oauth-protected-resource"',
    );
    const bad = await app.public.get(path, { token: 'nonsense' });
    expect(bad.headers['www-authenticate']).toContain('error="invalid_token"');
    const twice = await tenant.admin.get(`${path}?access_token=x`);
    const inForm = await tenant.admin.post(path, { form: { access_token: 'x' } });
    for (const { status, body, headers } of [twice, inForm]) {
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect(headers['www-authenticate']).toContain('error="invalid_request"');
    }
    expect((await tenant.admin.post(path, { form: { name: 'x' } })).status).toBe(415);
  });

  it('take the tenant from the token alone [O43]', async () => {
    const other = await app.createTenant();
    await tenant.admin.post(path, { body: { name: 'mine', grant_types: ['client_credentials'] } });
    const own = await other.admin.get(path, { headers: { 'x-tenant-id': other.id } });
    expect([own.status, own.body.apps]).toEqual([200, []]);
    const foreign = await other.admin.get(path, { headers: { 'x-tenant-id': tenant.id } });
    expect([foreign.status, foreign.body.code]).toEqual([403, 'tenant_mismatch']);
  });

  it('name each fault of a body by its pointer and echo no value', async () => {
    const { body, text } = await tenant.admin.post(path, {
      body: { name: ' ', grant_types: ['password'], redirect_uris: ['kng-secret-value'], x: 1 },
    });
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/grant_types/0',
      '/name',
      '/x',
    ]);
    expect(text).not.toContain('kng-secret-value');
    expect(text).not.toContain('"password"');
  });
});
