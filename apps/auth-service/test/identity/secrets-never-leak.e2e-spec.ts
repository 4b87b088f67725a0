import { Database } from '#libs/foundation';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

describe('secrets that were returned once [O27]', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  const secrets: string[] = [];
  const later: string[] = [];

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { LOG_LEVEL: 'trace' } });
    tenant = await app.createTenant();
    await useEverything();
  });

  afterAll(() => app.stop());

  async function useEverything(): Promise<void> {
    const { admin } = tenant;
    const headers = { 'idempotency-key': 'k-1' };
    const create = {
      headers,
      body: {
        name: 'Case sync connector',
        grant_types: ['client_credentials'],
        requested_scopes: ['webhooks:write'],
      },
    };
    const { body: created } = await admin.post('/v1/platform/apps', create);
    await admin.post('/v1/platform/apps', create);
    const path = `/v1/platform/apps/${created.client_id}`;
    const { body: rotated } = await admin.post(`${path}/rotate-secret`, { headers });
    const { body: minted } = await admin.post(`${path}/service-token`, {
      headers,
      body: { scopes: ['webhooks:write'] },
    });
    const form = {
      grant_type: 'client_credentials',
      client_id: created.client_id as string,
      client_secret: rotated.client_secret as string,
    };
    const { body: issued } = await app.public.post('/v1/oauth/token', { form });
    const { body: webhook } = await admin.post('/v1/webhooks', {
      body: {
        app_id: created.client_id,
        url: 'https://receiver.example/hook',
        events: ['incident.updated'],
      },
    });
    secrets.push(
      created.client_secret,
      rotated.client_secret,
      minted.token,
      issued.access_token,
      webhook.secret,
      tenant.adminToken,
    );
    // Mistakes with a secret in hand: in the wrong member, in the wrong place, cut short.
    const mistakes = [
      await admin.post('/v1/platform/apps', { body: { name: 1, secret: created.client_secret } }),
      await admin.patch(`${path}/governance`, { body: { [created.client_secret]: true } }),
      await admin.get(`${path}?client_secret=${created.client_secret}`),
      await admin.post(`${path}/rotate-secret`, {
        body: `{"client_secret": "${created.client_secret}`,
        headers: { 'content-type': 'application/json' },
      }),
      await app.public.post('/v1/oauth/token', {
        form: { ...form, client_secret: `${rotated.client_secret}x` },
      }),
      await app.public.get('/v1/platform/apps', { token: minted.token }),
    ];
    const reads = await Promise.all(
      [
        '/v1/platform/apps',
        path,
        `${path}/secrets`,
        `${path}/service-tokens`,
        '/v1/platform/audit-log?limit=200',
        '/v1/webhooks',
      ].map((url) => admin.get(url)),
    );
    // The second answer of a mistake may name the unknown member; that one is the caller's own text.
    later.push(...mistakes.filter((_, at) => at !== 1).map(({ text }) => text));
    later.push(...reads.map(({ text }) => text));
  }

  const spellings = (secret: string): string[] => [
    secret,
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];

  it('are six, and none of them is empty', () => {
    expect(secrets).toHaveLength(6);
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(30);
  });

  it('stand in no table of the database, in no usual spelling', async () => {
    const database = app.get(Database);
    const tables = await database.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const rows = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      const dump = rows.map(({ row }) => row).join('\n');
      for (const secret of secrets)
        for (const spelling of spellings(secret))
          expect([name, dump.includes(spelling)]).toEqual([name, false]);
    }
  });

  it('stand in no line of the log', () => {
    const log = app.log();
    expect(log).toContain('/v1/platform/apps/:client_id/rotate-secret');
    for (const secret of secrets)
      for (const spelling of spellings(secret)) expect(log.includes(spelling)).toBe(false);
  });

  it('stand in no later answer, errors included', () => {
    for (const text of later)
      for (const secret of secrets) expect(text.includes(secret)).toBe(false);
  });
});
