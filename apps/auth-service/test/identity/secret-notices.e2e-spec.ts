import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpaqueToken, Database } from '#libs/foundation';
import type { FixedClock } from '#libs/testing';
import { digestOf } from '../../src/modules/accounts/index.js';
import { SecretNotices } from '../../src/modules/identity/secrets/secret-notices.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};
const dayMs = 86_400_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('what is told of client secrets', () => {
  let keys: Server;
  let app: AuthApp;
  let clock: FixedClock;
  let tenant: TenantUnderTest;
  let clientId: string;
  let secret: string;

  beforeAll(async () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    keys = createServer((_, response) =>
      response.end(JSON.stringify({ public_keys: [{ key_identifier: 'k1', key: pem }] })),
    );
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
    const { port } = keys.address() as AddressInfo;
    app = await AuthApp.start({
      // No worker: what is published stays in the outbox, where the test reads it.
      environment: { WORKER_ROLE: 'api', LEAK_REPORT_KEYS_URL: `http://127.0.0.1:${port}/keys` },
    });
    clock = app.clock as FixedClock;
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    clientId = body.client_id;
    secret = body.client_secret;
  });

  afterAll(async () => {
    await app.stop();
    keys.close();
  });

  const published = async (): Promise<unknown[]> => {
    const rows = await app
      .get(Database)
      .query<{ body: Buffer; app_filter: string }>(
        'SELECT body, app_filter FROM event_outbox WHERE tenant_id = $1 ORDER BY id',
        [tenant.id],
      );
    expect(rows.every(({ app_filter }) => app_filter === clientId)).toBe(true);
    return rows.map(({ body }) => (JSON.parse(body.toString()) as { type: string }).type);
  };

  const sign = (body: string): string =>
    createSign('sha256').update(body).sign(privateKey, 'base64');
  const report = (body: string, signature = sign(body)) =>
    app.public.post('/v1/platform/leak-reports', {
      body,
      headers: {
        'content-type': 'application/json',
        'github-public-key-identifier': 'k1',
        'github-public-key-signature': signature,
      },
    });

  const use = () =>
    app.public.post('/v1/oauth/token', {
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: secret },
    });

  it('a rotation, and a use of the old secret after it, once', async () => {
    await tenant.admin.post(`/v1/platform/apps/${clientId}/rotate-secret`);
    await app.get(SecretNotices).run();
    expect(await published()).toEqual(['app.secret.rotated']);
    clock.advance(1_000);
    await app
      .get(Database)
      .execute('UPDATE client_secret SET last_used_at = $2 WHERE app_id = $1', [
        clientId,
        clock.date(),
      ]);
    await app.get(SecretNotices).run();
    await app.get(SecretNotices).run();
    expect(await published()).toEqual(['app.secret.rotated', 'app.secret.old_still_used']);
  });

  it('the end of a secret’s greatest age, 30, 7 and 1 day before', async () => {
    await tenant.admin.patch(`/v1/platform/apps/${clientId}/governance`, {
      body: { secret_max_age_days: 90 },
    });
    const counts: number[] = [];
    for (const days of [59, 1, 23, 6, 0]) {
      clock.advance(days * dayMs);
      await app.get(SecretNotices).run();
      counts.push((await published()).length);
    }
    expect(counts).toEqual([0, 1, 2, 3, 3]);
    clock.advance(-89 * dayMs);
  });

  it('a leak that a partner reports: the secret is dead at once, and the tenant is told', async () => {
    const body = JSON.stringify([
      {
        token: secret,
        type: 'knogin_client_secret',
        url: 'https://github.com/x',
        source: 'content',
      },
      {
        token: `${secret.slice(0, -1)}-`,
        type: 'knogin_client_secret',
        url: '',
        source: 'content',
      },
    ]);
    expect((await use()).status).toBe(200);
    const forged = await report(body.replace('content', 'commits'), sign(body));
    expect([forged.status, forged.body.code]).toEqual([400, 'invalid_request']);
    expect((await use()).status).toBe(200);
    const taken = await report(body);
    expect([taken.status, taken.body]).toEqual([200, { revoked: 1 }]);
    expect((await use()).status).toBe(401);
    expect(await published()).toEqual(['app.secret.leaked']);
    const { body: log } = await tenant.admin.get('/v1/platform/audit-log?action=app.secret.leaked');
    expect(log.entries).toHaveLength(1);
  });

  it('a refresh token that a partner reports: its grant ends', async () => {
    const token = createOpaqueToken('rt');
    const operator = await app.asOperator();
    const { body: user } = await operator.post(`/v1/tenants/${tenant.id}/users`, {
      body: { email: 'u@example.com', role: 'member' },
    });
    const database = app.get(Database);
    const grantId = 'grt_00000000000000000000000001';
    await database.execute(
      `INSERT INTO oauth_grant (id, tenant_id, user_id, app_id, session_id, scopes, auth_time, created_at, last_used_at)
       VALUES ($1, $2, $3, $4, 'ses_1', '{}', $5, $5, $5)`,
      [grantId, tenant.id, user.id, clientId, clock.date()],
    );
    await database.execute(
      'INSERT INTO refresh_token (digest, grant_id, created_at) VALUES ($1, $2, $3)',
      [digestOf(token), grantId, clock.date()],
    );
    const leaked = JSON.stringify([{ token }]);
    expect((await report(leaked)).body).toEqual({ revoked: 1 });
    expect((await report(leaked)).body).toEqual({ revoked: 0 });
    const [grant] = await database.query<{ revoked_at: Date | null }>(
      'SELECT revoked_at FROM oauth_grant WHERE id = $1',
      [grantId],
    );
    expect(grant?.revoked_at).toEqual(clock.date());
  });
});
