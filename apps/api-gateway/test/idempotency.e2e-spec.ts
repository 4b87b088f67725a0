import { Database } from '#libs/foundation';
import { shippedBundles } from '#libs/operations';
import { UsageRecorder } from '../src/modules/usage/index.js';
import { GatewayApp, type Partner } from './support/gateway-app.js';

const documents = new Map(shippedBundles().flatMap((source) => [...source.documents]));
const query = documents.get('CreateIncident');

describe('Idempotency-Key', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    partner = await gateway.createPartner(['incidents:write', 'incidents:read']);
    await gateway.grant(partner, 'incident-lifecycle');
  });
  afterAll(() => gateway.stop());

  const create = (key: string, title = 'A', as = partner): ReturnType<GatewayApp['call']> =>
    gateway.call(
      as,
      { query, variables: { input: { title, severity: 'LOW' } } },
      { headers: { 'idempotency-key': key } },
    );
  const incidents = async (): Promise<number> =>
    (await gateway.get(Database).query('SELECT 1 FROM incident')).length;

  it('gets the first answer again, byte for byte, and changes nothing', async () => {
    const first = await create('one');
    const before = await incidents();
    const again = await create('"one"');
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await incidents()).toBe(before);
  });

  it('refuses other variables under the same key', async () => {
    await create('two');
    const other = await create('two', 'B');
    expect([other.status, other.body.errors[0].extensions.code]).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
  });

  it('runs once of many at the same time', async () => {
    const before = await incidents();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create('three')));
    expect(await incidents()).toBe(before + 1);
    for (const { status } of answers) expect([200, 409]).toContain(status);
  });

  it('belongs to app and operation', async () => {
    await create('four');
    const stranger = await gateway.createPartner(['incidents:write'], partner.tenant);
    await gateway.grant(stranger, 'incident-lifecycle');
    expect((await create('four', 'A', stranger)).headers).not.toHaveProperty(
      'idempotency-replayed',
    );
    const note = await gateway.call(
      partner,
      { query: documents.get('AddIncidentNote'), variables: { input: { id: 'inc_1', text: 'a' } } },
      { headers: { 'idempotency-key': 'four' } },
    );
    expect(note.status).toBe(200);
  });

  it('gives the key back after a failure that changed nothing', async () => {
    jest.spyOn(gateway.get(Database), 'transaction').mockRejectedValueOnce(new Error('deadlock'));
    expect((await create('five')).status).toBe(500);
    expect((await create('five')).status).toBe(200);
  });

  it('is ignored on queries and refused where it is malformed', async () => {
    const list = { query: documents.get('ListIncidents') };
    for (let call = 0; call < 2; call += 1) {
      const answer = await gateway.call(partner, list, { headers: { 'idempotency-key': 'six' } });
      expect(answer.headers).not.toHaveProperty('idempotency-replayed');
    }
    const bad = await create('a, b');
    expect([bad.status, bad.body.errors[0].extensions.code]).toEqual([
      400,
      'IDEMPOTENCY_KEY_INVALID',
    ]);
  });

  it('usage is counted by operation, app and day', async () => {
    const caller = await gateway.createPartner(['incidents:read']);
    await gateway.grant(caller, 'incident-lifecycle');
    for (let call = 0; call < 3; call += 1) {
      await gateway.call(caller, {
        query: documents.get('ListIncidents'),
        variables: { first: 2 },
      });
      await gateway.get(UsageRecorder).flush();
    }
    const operator = await gateway.auth.asOperator();
    const { body } = await operator.get('/v1/bundles/incident-lifecycle/versions/1.0.0/usage');
    const mine = body.usage.filter(
      (row: { client_id: string }) => row.client_id === caller.clientId,
    );
    expect(mine).toEqual([
      {
        operation: 'ListIncidents',
        client_id: caller.clientId,
        tenant_id: caller.tenant.id,
        requests: 3,
        failures: 0,
        cost: 3 * 4,
        last_used_at: gateway.clock.date().toISOString(),
      },
    ]);
  });
});
