import { Database } from '#libs/foundation';
import type { EntityManager } from 'typeorm';
import type { FixedClock } from '#libs/testing';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};

type TransactionWork = (manager: EntityManager) => Promise<unknown>;

describe('Idempotency-Key', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let base: string;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    base = `/v1/platform/apps/${body.client_id}`;
  });

  afterAll(() => app.stop());

  const rotate = (key: string, body?: unknown, client = tenant.admin) =>
    client.post(`${base}/rotate-secret`, { headers: { 'idempotency-key': key }, body });
  const liveSecrets = async (): Promise<number> =>
    (await tenant.admin.get(`${base}/secrets`)).body.secrets.length;

  it('makes a retry get the first answer: one rotation, not two [O72]', async () => {
    const first = await rotate('"k-1"');
    const again = await rotate('k-1');
    expect(again.body).toEqual(first.body);
    expect(
      [first.headers, again.headers].map((headers) => headers['idempotency-replayed']),
    ).toEqual([undefined, 'true']);
    expect(await liveSecrets()).toBe(2);
  });

  it('[O72] answers a rotation that is committed, though what follows it fails', async () => {
    const database = app.get(Database);
    const transaction = database.transaction.bind(database);
    let rotated = false;
    const spy = jest.spyOn(database, 'transaction').mockImplementation(async (work) => {
      if (rotated) throw new Error('the database went away');
      rotated = true;
      return transaction(work);
    });
    const first = await rotate('k-late', { revoke_tokens: true });
    expect([first.status, spy.mock.calls.length]).toEqual([200, 4]);
    spy.mockRestore();
    expect(app.log()).toContain('rotate once more with revoke_tokens');
    expect((await rotate('k-late', { revoke_tokens: true })).body).toEqual(first.body);
    expect(await liveSecrets()).toBe(2);
  });

  it('replays status, Location and ETag of a creation', async () => {
    const headers = { 'idempotency-key': 'create-1' };
    const first = await tenant.admin.post('/v1/platform/apps', { headers, body: machine });
    const again = await tenant.admin.post('/v1/platform/apps', { headers, body: machine });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect([again.headers.location, again.headers.etag]).toEqual([first.headers.location, '"1"']);
    expect((await tenant.admin.get('/v1/platform/apps')).body.apps).toHaveLength(2);
  });

  it('belongs to one body and one URL', async () => {
    await rotate('k-2');
    const other = await rotate('k-2', { overlap_seconds: 0 });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('belongs to one caller of one tenant', async () => {
    const first = await rotate('k-3');
    const other = await app.createTenant();
    const foreign = await rotate('k-3', undefined, other.admin);
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
    expect(foreign.text).not.toContain(first.body.client_secret);
  });

  it('lets one of fifty requests at once run', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => rotate('k-4')));
    const secrets = new Set(
      answers.filter(({ status }) => status === 200).map(({ body }) => body.client_secret),
    );
    expect(secrets.size).toBe(1);
    for (const { status, body } of answers)
      expect(status === 200 || body.code === 'idempotency_in_progress').toBe(true);
    expect(await liveSecrets()).toBe(2);
  });

  it('keeps an answer with a secret for ten minutes, then never rotates again on that key', async () => {
    await rotate('k-5');
    (app.clock as FixedClock).advance(600_000);
    const late = await rotate('k-5');
    expect([late.status, late.body.code]).toEqual([409, 'idempotency_replay_expired']);
    expect(await liveSecrets()).toBe(2);
  });

  it('is given back by a request that failed', async () => {
    const refused = await rotate('k-6', { overlap_seconds: -1 });
    expect(refused.status).toBe(422);
    expect((await rotate('k-6')).status).toBe(200);
  });

  it('[O72] is not given back where nobody knows whether the change was committed', async () => {
    const { dataSource } = app.get(Database);
    const spy = jest
      .spyOn(dataSource, 'transaction')
      .mockImplementationOnce(async (work: unknown) => {
        await dataSource.manager.transaction(work as TransactionWork);
        throw new Error('Connection terminated unexpectedly');
      });
    const first = await rotate('k-7');
    spy.mockRestore();
    expect([first.status, first.body.code, first.headers['retry-after']]).toEqual([
      503,
      'temporarily_unavailable',
      '5',
    ]);
    expect(first.body.detail).toContain('not known');
    expect((await rotate('k-7')).body.code).toBe('idempotency_in_progress');
    (app.clock as FixedClock).advance(60_000);
    expect((await rotate('k-7')).body.code).toBe('idempotency_replay_expired');
    expect(await liveSecrets()).toBe(2);
  });

  it('is refused where it is not one key', async () => {
    const { status, body } = await rotate('a, b');
    expect([status, body.code]).toEqual([400, 'invalid_idempotency_key']);
  });
});
