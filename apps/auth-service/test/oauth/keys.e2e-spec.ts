import { randomBytes } from 'node:crypto';
import { Database, Ids, SystemClock } from '#libs/foundation';
import { FixedClock, TestDatabase } from '#libs/testing';
import { decodeProtectedHeader } from 'jose';
import { AuthConfig } from '../../src/config.js';
import { DatabaseClock, KeyRing } from '../../src/modules/jwks/index.js';
import { ListKeysCommand } from '../../src/modules/ops/cli/list-keys.command.js';
import { ResealKeysCommand } from '../../src/modules/ops/cli/reseal-keys.command.js';
import { RevokeAllKeysCommand } from '../../src/modules/ops/cli/revoke-all-keys.command.js';
import { RevokeKeyCommand } from '../../src/modules/ops/cli/revoke-key.command.js';
import { RotateKeysCommand } from '../../src/modules/ops/cli/rotate-keys.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { KeyMaintenance } from '../../src/modules/ops/keys/key-maintenance.job.js';
import { AuthApp } from '../support/auth-app.js';
import { createClient } from '../support/oauth-client.js';

const dayMs = 86_400_000;
const by = cliAdministrator();

describe('the JWKS', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  afterAll(() => app.stop());

  it('[O48] is the same bytes at both paths, without a private member', async () => {
    const wellKnown = await app.public.get('/.well-known/jwks.json');
    const versioned = await app.public.get('/v1/auth/jwks.json');
    expect(versioned.text).toBe(wellKnown.text);
    expect(versioned.headers.etag).toBe(wellKnown.headers.etag);
    for (const key of wellKnown.body.keys) {
      const members =
        key.kty === 'RSA' ? ['n', 'e'] : key.kty === 'EC' ? ['crv', 'x', 'y'] : ['crv', 'x'];
      expect(Object.keys(key)).toEqual(['kty', 'kid', 'use', 'alg', ...members]);
      expect(key.use).toBe('sig');
    }
    expect(wellKnown.body.keys[0]).toMatchObject({ kid: '2026-03-signing-key', kty: 'RSA' });
  });

  it('is looked after by the time of the database as well', async () => {
    const databaseMs = await app.get(DatabaseClock).now(app.get(Database));
    expect(Math.abs(new SystemClock().now() - databaseMs)).toBeLessThan(60_000);
  });

  it('may be cached, compared and read from anywhere', async () => {
    const { headers } = await app.public.get('/.well-known/jwks.json');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300, stale-while-revalidate=60, stale-if-error=86400',
      'access-control-allow-origin': '*',
    });
    for (const tag of [
      headers.etag,
      `W/${String(headers.etag)}`,
      `"x", ${String(headers.etag)}`,
      '*',
    ]) {
      const answer = await app.public.get('/v1/auth/jwks.json', {
        headers: { 'if-none-match': String(tag) },
      });
      expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', headers.etag]);
    }
    const other = await app.public.get('/v1/auth/jwks.json', {
      headers: { 'if-none-match': '"x"' },
    });
    expect(other.status).toBe(200);
  });

  it('answers HEAD, and as application/jwk-set+json where that is asked for', async () => {
    const head = await app.public.send('HEAD', '/.well-known/jwks.json');
    expect([head.status, head.text]).toEqual([200, '']);
    const { headers } = await app.public.get('/.well-known/jwks.json', {
      headers: { accept: 'application/jwk-set+json' },
    });
    expect(headers['content-type']).toBe('application/jwk-set+json');
    expect(headers['content-length']).toBe(head.headers['content-length']);
  });

  it.each([
    ['application/json, application/jwk-set+json', 'application/jwk-set+json'],
    ['APPLICATION/JWK-SET+JSON;q=0.5, */*;q=0.1', 'application/jwk-set+json'],
    ['application/jwk-set+json;q=0.5, application/json', 'application/json'],
    ['application/jwk-set+json;q=0', 'application/json'],
    ['application/jwk-set+jsonx', 'application/json'],
    ['text/html', 'application/json'],
  ])('answers Accept %j as %j', async (accept, type) => {
    const answer = await app.public.get('/.well-known/jwks.json', { headers: { accept } });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, type]);
  });
});

describe('the life of the signing keys', () => {
  const clock = new FixedClock();
  /** What the clock of the database is behind that of the hosts. */
  let skewMs = 0;
  const environment = {
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    RATE_LIMIT_SCALE: '0',
  };
  let database: TestDatabase;
  let apps: AuthApp[];

  beforeEach(async () => {
    clock.set(Date.UTC(2026, 2, 23, 12));
    skewMs = 0;
    jest.spyOn(DatabaseClock.prototype, 'now').mockImplementation(async () => clock.now() - skewMs);
    database = await TestDatabase.create();
    const start = (): Promise<AuthApp> => AuthApp.start({ database, clock, environment });
    apps = await Promise.all([start(), start()]);
  });

  afterEach(async () => {
    for (const app of apps) await app.stop();
    await database.drop();
    jest.restoreAllMocks();
  });

  const instance = (index: number): AuthApp => apps[index] as AuthApp;
  const refreshAll = async (): Promise<void> => {
    for (const app of apps) await app.get(KeyRing).refresh();
  };
  const kids = async (app = instance(0)): Promise<string[]> =>
    (await app.public.get('/v1/auth/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);
  const status = async (kid: string): Promise<unknown> => {
    const keys = await instance(0).get(ListKeysCommand).run();
    return (keys[kid] as { status: string } | undefined)?.status;
  };

  it('[O50] starts with one key per algorithm and its successor, however many instances boot at once', async () => {
    await refreshAll();
    const expected = [
      '2026-03-signing-key',
      '2026-03-signing-key-eddsa',
      '2026-03-signing-key-es256',
      '2026-03-signing-key-2',
      '2026-03-signing-key-eddsa-2',
      '2026-03-signing-key-es256-2',
    ];
    expect((await kids()).sort()).toEqual([...expected].sort());
    const [a, b] = await Promise.all(apps.map((app) => app.public.get('/v1/auth/jwks.json')));
    expect(a?.text).toBe(b?.text);
  });

  it('[O49] survives a restart: tokens of before verify after, and the keys are the same', async () => {
    const tenant = await instance(0).createTenant();
    await refreshAll();
    const before = await kids();
    await apps.pop()?.stop();
    const again = await AuthApp.start({ database, clock, environment });
    apps.push(again);
    expect(await kids(again)).toEqual(before);
    const { status: answer } = await again.public
      .withToken(tenant.adminToken)
      .get('/v1/platform/scopes');
    expect(answer).toBe(200);
  });

  it('[O49] rotates after 90 days; the old key stays published while its tokens live', async () => {
    const app = instance(0);
    clock.advance(90 * dayMs);
    await app.get(KeyMaintenance).run();
    expect(await status('2026-03-signing-key')).toBe('retiring');
    expect(await status('2026-03-signing-key-2')).toBe('active');
    expect(await status('2026-06-signing-key')).toBe('published');
    expect((await kids())[0]).toBe('2026-03-signing-key-2');
    expect(await kids()).toContain('2026-03-signing-key');
    const tenant = await app.createTenant();
    expect(decodeProtectedHeader(tenant.adminToken).kid).toBe('2026-03-signing-key-2');
    await instance(1).get(KeyRing).refresh();
    const elsewhere = instance(1).public.withToken(tenant.adminToken);
    expect((await elsewhere.get('/v1/platform/scopes')).status).toBe(200);
    clock.advance(31 * dayMs);
    await app.get(KeyMaintenance).run();
    expect(await status('2026-03-signing-key')).toBe('removed');
    expect(await kids()).not.toContain('2026-03-signing-key');
    const [row] = await app
      .get(Database)
      .query(`SELECT private_sealed FROM signing_key WHERE kid = '2026-03-signing-key'`);
    expect(row).toEqual({ private_sealed: null });
  });

  it('[O49] neither rotates nor removes by a clock other than that of the database, ahead or behind', async () => {
    const app = instance(0);
    const maintain = async (): Promise<void> => app.get(KeyMaintenance).run();
    clock.advance(90 * dayMs);
    for (const off of [300_001, -300_001]) {
      skewMs = off;
      await maintain();
      await expect(app.get(RotateKeysCommand).run({}, by)).rejects.toMatchObject({
        code: 'conflict',
        detail: expect.stringContaining('clock of this host'),
      });
    }
    expect(await status('2026-03-signing-key')).toBe('active');
    skewMs = 300_000;
    await maintain();
    expect(await status('2026-03-signing-key')).toBe('retiring');
    clock.advance(31 * dayMs);
    skewMs = 31 * dayMs;
    await maintain();
    expect(await status('2026-03-signing-key')).toBe('retiring');
    expect(app.log()).toContain('keys are neither rotated nor removed');
    skewMs = 0;
    await maintain();
    expect(await status('2026-03-signing-key')).toBe('removed');
  });

  it('[O50] starts by any clock, on an empty database', async () => {
    skewMs = 400 * dayMs;
    const fresh = await AuthApp.start({ clock, environment });
    expect(await kids(fresh)).toHaveLength(6);
    await fresh.stop();
  });

  it('rotates once when fifty ask at once', async () => {
    clock.advance(dayMs);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        instance(i % 2)
          .get(RotateKeysCommand)
          .run({ alg: 'ES256' }, by),
      ),
    );
    const done = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(done).toHaveLength(1);
    expect(await status('2026-03-signing-key-es256')).toBe('retiring');
    expect(await status('2026-03-signing-key-es256-2')).toBe('active');
    expect(await status('2026-03-signing-key-es256-3')).toBe('published');
  });

  it('[O49] refuses to rotate to a key that verifiers cannot know yet', async () => {
    const rotate = instance(0).get(RotateKeysCommand).run({}, by);
    await expect(rotate).rejects.toMatchObject({ code: 'conflict' });
  });

  it('revokes a key at once: out of the JWKS, its tokens dead, the successor signs', async () => {
    const app = instance(0);
    const tenant = await app.createTenant();
    expect((await tenant.admin.get('/v1/platform/scopes')).status).toBe(200);
    await app.get(RevokeKeyCommand).run({ kid: '2026-03-signing-key' }, by);
    expect(await kids()).not.toContain('2026-03-signing-key');
    expect((await kids())[0]).toBe('2026-03-signing-key-2');
    const { status: answer } = await tenant.admin.get('/v1/platform/scopes');
    expect(answer).toBe(401);
    const next = await app.createTenant();
    expect(decodeProtectedHeader(next.adminToken).kid).toBe('2026-03-signing-key-2');
    const audit = await app
      .get(Database)
      .query(
        `SELECT action, after FROM audit_log WHERE tenant_id = 'system' AND action = 'signing_key.activated'`,
      );
    expect(audit).toMatchObject([{ after: { emergency: true } }]);
  });

  it('revokes every key at once, successors too; new ones sign, and the audit log tells', async () => {
    const app = instance(0);
    const tenant = await app.createTenant();
    const before = await kids();
    await app.get(RevokeAllKeysCommand).run({}, by);
    const after = await kids();
    expect(after).toHaveLength(6);
    expect(after.filter((kid) => before.includes(kid))).toEqual([]);
    for (const kid of before) expect(await status(kid)).toBe('revoked');
    expect((await tenant.admin.get('/v1/platform/scopes')).status).toBe(401);
    const next = await app.createTenant();
    expect(decodeProtectedHeader(next.adminToken).kid).toBe(after[0]);
    expect((await next.admin.get('/v1/platform/scopes')).status).toBe(200);
    const audit = await app.get(Database).query(
      `SELECT action, count(*)::int, count(after->'emergency')::int AS emergency FROM audit_log
         WHERE tenant_id = 'system' AND action LIKE 'signing_key.%' GROUP BY action ORDER BY action`,
    );
    expect(audit).toEqual([
      { action: 'signing_key.created', count: 6, emergency: 3 },
      { action: 'signing_key.published', count: 6, emergency: 0 },
      { action: 'signing_key.revoked', count: 6, emergency: 0 },
    ]);
  });

  it('[O49] signs with no key before verifiers can know it', async () => {
    const app = instance(0);
    await app
      .get(Database)
      .execute(`UPDATE signing_key SET usable_from = $1 WHERE status = 'active'`, [
        new Date(clock.now() + 1),
      ]);
    await app.get(KeyRing).refresh();
    await expect(app.get(KeyRing).sign('RS256', {})).rejects.toThrow('not yet known to verifiers');
    clock.advance(1);
    await expect(app.get(KeyRing).sign('RS256', {})).resolves.toMatch(/^ey/);
  });

  it('a key that does not open verifies and does not sign, and the others go on', async () => {
    const app = instance(0);
    const tenant = await app.createTenant();
    const swap = (to: string): Promise<unknown> =>
      app.get(Database).execute(
        `UPDATE signing_key SET private_sealed = set_byte(private_sealed, 3, get_byte(private_sealed, 3) # 1)
         WHERE kid = $1`,
        [to],
      );
    await swap('2026-03-signing-key-2');
    const reader = await AuthApp.start({ database, clock, environment });
    apps.push(reader);
    expect(reader.log()).toContain('cannot open a signing key');
    expect(await kids(reader)).toContain('2026-03-signing-key-2');
    const elsewhere = reader.public.withToken(tenant.adminToken);
    expect((await elsewhere.get('/v1/platform/scopes')).status).toBe(200);
    clock.advance(dayMs);
    await app.get(RotateKeysCommand).run({}, by);
    await reader.get(KeyRing).refresh();
    await expect(reader.get(KeyRing).sign('RS256', {})).rejects.toThrow('RS256 key that opens');
    await expect(reader.get(KeyRing).sign('ES256', {})).resolves.toMatch(/^ey/);
    await swap('2026-03-signing-key-2');
    await reader.get(KeyRing).refresh();
    await expect(reader.get(KeyRing).sign('RS256', {})).resolves.toMatch(/^ey/);
  });

  it('changes the key-encryption key without touching a token, a secret or a cursor', async () => {
    const app = instance(0);
    const tenant = await app.createTenant();
    const client = await createClient(app, tenant.id);
    const id = app.get(Ids).uuid();
    const context = `tenant_webhook_key:${id}`;
    const cipher = app.get(AuthConfig).secretBox.seal(Buffer.from('webhook key'), context);
    await app.get(Database).execute(
      `INSERT INTO tenant_webhook_key (id, tenant_id, public, cipher, kek_id, created_at)
       VALUES ($1, $2, '', $3, 'old', $4)`,
      [id, tenant.id, cipher, clock.date()],
    );
    const upstream = app.get(AuthConfig).secretBox.seal(Buffer.from('bearer'), 'upstream:up_1');
    await app.get(Database).execute(
      `INSERT INTO upstream (id, name, kind, base_url, schema_sdl, auth_mode, credential, created_by, created_at, updated_at)
       VALUES ('up_1', 'cases', 'http', 'https://cases.example', '', 'service', $1, 'test', $2, $2)`,
      [upstream, clock.date()],
    );
    const next = randomBytes(32).toString('base64');
    const both = {
      KEY_ENCRYPTION_KEY: next,
      KEY_ENCRYPTION_KEYS_PREVIOUS: environment.KEY_ENCRYPTION_KEY,
    };
    const middle = await AuthApp.start({ database, clock, environment: both });
    expect((await middle.get(ResealKeysCommand).run({}, by)).resealed).toBeGreaterThanOrEqual(8);
    expect((await middle.get(ResealKeysCommand).run({}, by)).resealed).toBe(0);
    const resealed = await app
      .get(Database)
      .query(
        `SELECT after FROM audit_log WHERE action = 'key_encryption_key.resealed' ORDER BY seq`,
      );
    expect(resealed).toMatchObject([{ after: {} }, { after: { resealed: 0 } }]);
    await middle.stop();
    const after = await AuthApp.start({
      database,
      clock,
      environment: { KEY_ENCRYPTION_KEY: next },
    });
    apps.push(after);
    const [row] = await after
      .get(Database)
      .query<{ cipher: Buffer; kek_id: string }>(
        'SELECT cipher, kek_id FROM tenant_webhook_key WHERE id = $1',
        [id],
      );
    const box = after.get(AuthConfig).secretBox;
    expect(row?.kek_id).toBe(box.current.id);
    expect(box.open(row?.cipher ?? Buffer.alloc(0), context).toString()).toBe('webhook key');
    const [{ credential } = {}] = await after
      .get(Database)
      .query<{ credential: Buffer }>('SELECT credential FROM upstream');
    expect(box.open(credential ?? Buffer.alloc(0), 'upstream:up_1').toString()).toBe('bearer');
    const form = {
      grant_type: 'client_credentials',
      client_id: client.id,
      client_secret: client.secret,
    };
    expect((await after.public.post('/v1/oauth/token', { form })).status).toBe(200);
    const wrong = { KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64') };
    await expect(AuthApp.start({ database, clock, environment: wrong })).rejects.toThrow(
      'key-encryption key',
    );
  });
});
