import { randomBytes } from 'node:crypto';
import { createOpaqueToken, Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { SecretDigests } from '../../src/modules/identity/index.js';
import { UsageRecorder } from '../../src/modules/oauth/usage/usage-recorder.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { countStatements } from '../support/count-statements.js';
import { addSecret, type ClientUnderTest, createClient } from '../support/oauth-client.js';

const path = '/v1/oauth/token';

describe('POST /v1/oauth/token with client_credentials', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let client: ClientUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    tenant = await app.createTenant();
    client = await createClient(app, tenant.id);
  });

  afterAll(() => app.stop());

  const basic = (id: string, secret: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });
  const grant = { grant_type: 'client_credentials' };

  it('[O17] [O36] [O37] answers 200 with the token, its type, life and scope, and nothing else', async () => {
    const { status, body, headers } = await client.token({ scope: 'webhooks:write' });
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^ey/),
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'webhooks:write',
      },
    ]);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    });
  });

  it('[O40] [O46] issues an RFC 9068 token that the public JWKS verifies', async () => {
    const { body } = await client.token();
    const { body: jwks } = await app.public.get('/.well-known/jwks.json');
    const { payload, protectedHeader } = await jwtVerify(
      body.access_token,
      createLocalJWKSet(jwks),
      {
        currentDate: clock.date(),
        typ: 'at+jwt',
        audience: 'https://api.knogin.com',
        issuer: 'https://auth.knogin.com',
      },
    );
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: '2026-03-signing-key', typ: 'at+jwt' });
    expect(payload).toEqual({
      iss: 'https://auth.knogin.com',
      sub: client.id,
      client_id: client.id,
      tenant_id: tenant.id,
      aud: ['https://auth.knogin.com', 'https://api.knogin.com'],
      scope: 'webhooks:write',
      token_use: 'client',
      iat: clock.seconds(),
      exp: clock.seconds() + 3600,
      jti: expect.any(String),
    });
  });

  it('[O46] dates tokens in whole seconds that are over, never ahead of the clock', async () => {
    clock.advance(999);
    const { body } = await client.token();
    const { iat = 0, exp = 0 } = decodeJwt(body.access_token as string);
    expect([iat, exp].every(Number.isInteger)).toBe(true);
    expect(iat).toBe(Math.floor(clock.now() / 1000));
    expect(iat * 1000).toBeLessThan(clock.now());
    expect(exp - iat).toBe(body.expires_in);
    clock.advance(1);
  });

  it('signs with the algorithm the app chose', async () => {
    for (const signing_alg of ['ES256', 'EdDSA']) {
      const other = await createClient(app, tenant.id, { governance: { signing_alg } });
      const { body } = await other.token();
      expect(decodeProtectedHeader(body.access_token).alg).toBe(signing_alg);
    }
  });

  it('narrows the audience to the resource, and knows no other', async () => {
    const { body } = await client.token({ resource: 'https://api.knogin.com' });
    const [, payload] = body.access_token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString()).aud).toBe(
      'https://api.knogin.com',
    );
    const refused = await client.token({ resource: 'https://elsewhere.example' });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target']);
  });

  it('[O19] takes HTTP Basic with both halves form-encoded and the first colon between them', async () => {
    const encoded = encodeURIComponent(client.id).replaceAll('_', '%5F');
    const { status } = await app.public.post(path, {
      form: grant,
      headers: basic(encoded, client.secret),
    });
    expect(status).toBe(200);
    const colon = await app.public.post(path, {
      form: grant,
      headers: basic(client.id, `:${client.secret}`),
    });
    expect(colon.status).toBe(401);
  });

  it('[O20] refuses two ways of authentication at once', async () => {
    const { status, body } = await app.public.post(path, {
      form: { ...grant, client_id: client.id, client_secret: client.secret },
      headers: basic(client.id, client.secret),
    });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    const other = await app.public.post(path, {
      form: { ...grant, client_id: 'app_other' },
      headers: basic(client.id, client.secret),
    });
    expect([other.status, other.body.error]).toEqual([401, 'invalid_client']);
  });

  it('[O21] [O22] [O24] answers every failed authentication alike', async () => {
    const expired = await addSecret(app, tenant.id, client.id, { expiresAt: clock.date() });
    const revoked = await addSecret(app, tenant.id, client.id, { revokedAt: clock.date() });
    const other = await createClient(app, tenant.id, { deleted_at: clock.date() });
    const answers = [
      await client.token({ client_secret: createOpaqueToken('cs') }),
      await client.token({ client_secret: 'no secret of ours' }),
      await client.token({ client_secret: expired.secret }),
      await client.token({ client_secret: revoked.secret }),
      await client.token({ client_id: 'app_unknown' }),
      await other.token(),
      await app.public.post(path, { form: { ...grant, client_id: client.id } }),
      await app.public.post(path, { form: grant, headers: { authorization: 'Basic !!' } }),
    ];
    for (const { status, body, headers } of answers) {
      expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="knogin"']);
      expect(body).toEqual({
        error: 'invalid_client',
        error_description: 'Client authentication failed.',
      });
    }
  });

  it('[O22] works as much for an unknown client as for a wrong secret, and not at all for a malformed one', async () => {
    const statements = (form: Record<string, string>): Promise<string[]> =>
      countStatements(app, () => client.token(form));
    const wrong = await statements({ client_secret: createOpaqueToken('cs') });
    const unknown = await statements({ client_id: 'app_unknown' });
    expect(unknown).toEqual(wrong);
    expect(wrong).toHaveLength(1);
    const digests = async (form: Record<string, string>): Promise<number> => {
      const spy = jest.spyOn(SecretDigests.prototype, 'digest');
      await client.token({ client_secret: createOpaqueToken('cs'), ...form });
      const times = spy.mock.calls.length;
      spy.mockRestore();
      return times;
    };
    expect([await digests({}), await digests({ client_id: 'app_unknown' })]).toEqual([1, 1]);
    expect(await statements({ client_secret: `${client.secret.slice(0, -1)}!` })).toEqual([]);
  });

  it('reads the database once and writes nothing on the path of a machine token', async () => {
    await client.token();
    const statements = await countStatements(app, async () => {
      for (let i = 0; i < 5; i++) await client.token();
    });
    expect(statements).toHaveLength(5);
    for (const text of statements) expect(text).toMatch(/^SELECT/);
  });

  it('reads in common for the requests that come together, each for its own client', async () => {
    const other = await createClient(app, tenant.id);
    const bearers: string[] = [];
    const statements = await countStatements(app, async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? client : other).token()),
      );
      for (const { body } of answers) bearers.push(body.access_token);
    });
    expect(statements.length).toBeLessThan(40);
    expect(bearers.map((token) => decodeJwt(token).sub)).toEqual(
      bearers.map((_, index) => (index % 2 === 0 ? client.id : other.id)),
    );
  });

  it('[O23] [O24] sees every change of a client that it has just read', async () => {
    const changed = await createClient(app, tenant.id);
    const before = await changed.token();
    expect(before.status).toBe(200);
    const second = await addSecret(app, tenant.id, changed.id);
    expect((await changed.token({ client_secret: second.secret })).status).toBe(200);
    await app
      .get(Database)
      .execute(
        `UPDATE platform_app SET governance = '{"access_token_ttl_seconds": 61}' WHERE id = $1`,
        [changed.id],
      );
    expect((await changed.token()).body.expires_in).toBe(61);
    await app
      .get(Database)
      .execute('UPDATE client_secret SET revoked_at = $2 WHERE id = $1', [
        changed.secretId,
        clock.date(),
      ]);
    expect((await changed.token()).status).toBe(401);
    expect((await changed.token({ client_secret: second.secret })).status).toBe(200);
  });

  it('writes when a secret was last used in batches', async () => {
    await client.token();
    await app.get(UsageRecorder).flush();
    const [row] = await app
      .get(Database)
      .query('SELECT last_used_at FROM client_secret WHERE id = $1', [client.secretId]);
    expect(row).toEqual({ last_used_at: clock.date() });
  });

  it('[O13] [O14] [O15] takes urlencoded forms only, each parameter once', async () => {
    const form = `grant_type=client_credentials&client_id=${client.id}&client_secret=${client.secret}`;
    const send = (
      body: string,
      type = 'application/x-www-form-urlencoded',
      query = '',
    ): ReturnType<typeof app.public.post> =>
      app.public.post(path + query, { body, headers: { 'content-type': type } });
    const json = JSON.stringify(Object.fromEntries(new URLSearchParams(form)));
    const refused = [
      await send(`${form}&grant_type=client_credentials`),
      await send(json, 'application/json'),
      await send(form, 'application/x-www-form-urlencoded; charset=latin1'),
      await send(`${form}&x=${'y'.repeat(16 * 1024)}`),
    ];
    for (const { status, body, headers } of refused) {
      expect([status, body.error, headers['cache-control'], headers.pragma]).toEqual([
        400,
        'invalid_request',
        'no-store',
        'no-cache',
      ]);
    }
    expect((await send(`${form}&scope=`)).body.scope).toBe('webhooks:write');
    expect((await send(form.replace('client_id', 'client_id[]'))).status).toBe(401);
    expect((await send('grant_type=client_credentials', undefined, `?${form}`)).status).toBe(401);
    expect((await send(`?${form}`)).body.error).toBe('invalid_request');
  });

  it('takes a form with no content coding, whose name has no case', async () => {
    const send = (coding: string): ReturnType<typeof app.public.post> =>
      app.public.post(path, {
        form: {
          grant_type: 'client_credentials',
          client_id: client.id,
          client_secret: client.secret,
        },
        headers: { 'content-encoding': coding },
      });
    const answers = [await send('Identity'), await send('gzip')];
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  });

  it('[O16] [O18] keeps the shape of RFC 6749 for every error', async () => {
    const answers = [
      [await client.token({ grant_type: 'password' }), 'unsupported_grant_type'],
      [await client.token({ grant_type: 'constructor' }), 'unsupported_grant_type'],
      [await client.token({ grant_type: '' }), 'invalid_request'],
      [await client.token({ scope: 'platform:apps:read' }), 'invalid_scope'],
      [await client.token({ scope: 'webhooks:write  webhooks:read' }), 'invalid_scope'],
    ] as const;
    for (const [{ status, body, headers }, error] of answers) {
      expect([status, body]).toEqual([400, { error, error_description: expect.any(String) }]);
      expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
      expect([headers['cache-control'], headers.pragma]).toEqual(['no-store', 'no-cache']);
    }
  });

  it('answers 405 to any other method, in the shape of RFC 6749', async () => {
    const { status, headers, body } = await app.public.get(path);
    expect([status, headers.allow, body.error]).toEqual([405, 'POST', 'invalid_request']);
  });

  it('[O37] never narrows the scope in silence', async () => {
    const { status, body } = await client.token({ scope: 'webhooks:write incidents:read' });
    expect([status, body.error]).toEqual([400, 'invalid_scope']);
  });

  it('[O39] grants no machine a scope that only people can delegate', async () => {
    await app
      .get(Database)
      .execute(
        `UPDATE scope SET grantable_to = '{authorization_code}' WHERE name = 'incidents:read'`,
      );
    clock.advance(5_000);
    const scopes = ['webhooks:write', 'incidents:read'];
    const delegated = await createClient(app, tenant.id, { approved_scopes: scopes });
    expect((await delegated.token()).body.scope).toBe('webhooks:write');
    expect((await delegated.token({ scope: 'incidents:read' })).body.error).toBe('invalid_scope');
  });

  it('gives no first-party scope to an app of a tenant', async () => {
    const scopes = ['webhooks:write', 'platform:apps:read'];
    const greedy = await createClient(app, tenant.id, { approved_scopes: scopes });
    expect((await greedy.token()).body.scope).toBe('webhooks:write');
  });

  it('[O68] refuses a suspended app and a suspended tenant at once', async () => {
    const suspended = await createClient(app, tenant.id);
    await suspended.token();
    await app
      .get(Database)
      .execute(`UPDATE platform_app SET status = 'suspended' WHERE id = $1`, [suspended.id]);
    const { status, body } = await suspended.token();
    expect([status, body.error]).toEqual([400, 'unauthorized_client']);
    const other = await app.createTenant();
    const orphan = await createClient(app, other.id);
    await orphan.token();
    await app
      .get(Database)
      .execute(`UPDATE tenant SET status = 'suspended' WHERE id = $1`, [other.id]);
    expect((await orphan.token()).body.error).toBe('unauthorized_client');
  });

  it('does as the policy says', async () => {
    const codeOnly = await createClient(app, tenant.id, { grant_types: ['authorization_code'] });
    expect((await codeOnly.token()).body.error).toBe('unauthorized_client');
    const elsewhere = await createClient(app, tenant.id, {
      governance: { allowed_cidrs: ['10.0.0.0/8'] },
    });
    expect((await elsewhere.token()).body.error).toBe('unauthorized_client');
    const brief = await createClient(app, tenant.id, {
      governance: { access_token_ttl_seconds: 60, allowed_cidrs: ['127.0.0.0/8'] },
    });
    expect((await brief.token()).body.expires_in).toBe(60);
    const basicOnly = await createClient(app, tenant.id, {
      governance: { allowed_auth_methods: ['client_secret_basic'] },
    });
    expect((await basicOnly.token()).body.error).toBe('unauthorized_client');
  });

  it('keeps a quota across instances that flush', async () => {
    const metered = await createClient(app, tenant.id, { governance: { token_quota_per_hour: 2 } });
    expect((await metered.token()).headers['ratelimit']).toContain('"hour";r=1');
    expect((await metered.token()).status).toBe(200);
    const { status, body, headers } = await metered.token();
    expect([status, body.error]).toEqual([429, 'temporarily_unavailable']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    clock.advance(3_600_000);
    expect((await metered.token()).status).toBe(200);
  });

  it('counts no request against a quota that got no token', async () => {
    const metered = await createClient(app, tenant.id, { governance: { token_quota_per_hour: 1 } });
    for (const form of [{ scope: 'unknown' }, { grant_type: 'password' }, { resource: 'x' }])
      expect((await metered.token(form)).status).toBe(400);
    expect((await metered.token()).status).toBe(200);
    expect((await metered.token()).status).toBe(429);
  });

  it('only watches a quota in monitor mode', async () => {
    const watched = await createClient(app, tenant.id, {
      governance: { token_quota_per_hour: 1, rate_limit_mode: 'monitor' },
    });
    await watched.token();
    const { status, headers } = await watched.token();
    expect([status, headers['ratelimit']]).toEqual([200, expect.stringContaining('"hour";r=0')]);
  });

  it('[O27] logs no secret and no token', async () => {
    const { body } = await client.token();
    await app.public.post(`${path}?client_secret=${client.secret}`, { form: grant });
    expect(app.log()).not.toContain(client.secret);
    expect(app.log()).not.toContain(body.access_token);
  });
});

describe('limits of the token endpoint', () => {
  let app: AuthApp;
  let client: ClientUnderTest;
  const clock = new FixedClock();

  beforeAll(async () => {
    app = await AuthApp.start({ clock });
    const tenant = await app.createTenant();
    client = await createClient(app, tenant.id);
  });

  afterAll(() => app.stop());

  it('admit a burst of 40 per client and 20 a second', async () => {
    const answers = await Promise.all(Array.from({ length: 41 }, () => client.token()));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.body.error).toBe('temporarily_unavailable');
    expect(refused[0]?.headers['retry-after']).toBe('1');
    clock.advance(50);
    expect((await client.token()).status).toBe(200);
  });

  it('admit as many revocations beside the tokens', async () => {
    clock.advance(60_000);
    const { id, secret } = client;
    const form = { token: 'x', client_id: id, client_secret: secret };
    const answers = await Promise.all(
      Array.from({ length: 41 }, () => app.public.post('/v1/oauth/revoke', { form })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.map(({ headers }) => headers['retry-after'])).toEqual(['1']);
    expect((await client.token()).status).toBe(200);
  });

  it('admit a burst of 400 introspections per resource server, and 200 a second', async () => {
    clock.advance(60_000);
    const { body: token } = await client.token();
    const body = { name: 'Case archive', resource: 'https://api.knogin.com' };
    const { body: server } = await (
      await app.asOperator()
    ).post('/v1/resource-servers', {
      body,
    });
    const form = {
      token: token.access_token,
      client_id: server.id,
      client_secret: server.secret,
    };
    const introspect = () => app.public.post('/v1/oauth/introspect', { form });
    const [first, ...others] = await Promise.all(Array.from({ length: 401 }, introspect));
    expect(first?.headers['ratelimit-policy']).toBe('"resource_server";q=400;w=2');
    const refused = others.filter(({ status }) => status === 429);
    expect(refused.map(({ body: { error }, headers }) => [error, headers['retry-after']])).toEqual([
      ['temporarily_unavailable', '1'],
    ]);
    expect((await client.token()).status).toBe(200);
    clock.advance(5);
    expect((await introspect()).body.active).toBe(true);
  });

  it('admit a burst of 400 per tenant, whichever of its clients ask, and 200 a second', async () => {
    const other = await app.createTenant();
    const refused: unknown[] = [];
    for (let n = 0; n < 11; n++) {
      const one = await createClient(app, other.id);
      const answers = await Promise.all(Array.from({ length: 40 }, () => one.token()));
      refused.push(
        ...answers
          .filter(({ status }) => status === 429)
          .map(({ headers }) => headers['ratelimit-policy']),
      );
    }
    expect(refused).toEqual(Array.from({ length: 40 }, () => '"tenant";q=400;w=2'));
    clock.advance(5);
    const late = await createClient(app, other.id);
    expect((await late.token()).status).toBe(200);
    expect((await late.token()).status).toBe(429);
    clock.advance(50);
    expect((await client.token()).status).toBe(200);
  });

  it('slow down whoever guesses, also with the right secret, and answer again after the back-off', async () => {
    clock.advance(60_000);
    const guess = (): ReturnType<typeof client.token> =>
      client.token({ client_secret: `kng_cs_${randomBytes(8).toString('hex')}` });
    for (let i = 0; i < 11; i++) expect((await guess()).status).toBe(401);
    const { status, body, headers } = await client.token();
    expect([status, body.error, headers['retry-after']]).toEqual([
      429,
      'temporarily_unavailable',
      '1',
    ]);
    clock.advance(1_000);
    expect((await client.token()).status).toBe(200);
  });
});
