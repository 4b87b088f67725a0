import { Database } from '#libs/foundation';
import type { EntityManager } from 'typeorm';
import { IdempotencyStore } from '#libs/guards';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { publishBundle } from './support/publish-bundle.js';
import { documents } from './support/shipped-documents.js';

const query = documents.get('CreateIncident');

type TransactionWork = (manager: EntityManager) => Promise<unknown>;

describe('Idempotency-Key', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start({
      environment: { BUNDLE_APPROVALS: '1', WORKER_ROLE: 'api' },
      gatewayEnvironment: { RATE_LIMIT_SCALE: '0' },
    });
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

  it('runs once of fifty at the same time, and answers all with its answer or with 409', async () => {
    const before = await incidents();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create('three')));
    expect(await incidents()).toBe(before + 1);
    const served = answers.filter(({ status }) => status === 200);
    expect(new Set(served.map(({ text }) => text)).size).toBe(1);
    for (const { status, body, headers } of answers) {
      if (status === 200) continue;
      expect([status, body.errors[0].extensions.code]).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS']);
      expect(headers['retry-after']).toBe('1');
    }
    expect((await create('three')).text).toBe(served[0]?.text);
  });

  it('is about the variables, not about how their JSON is written', async () => {
    const spelled = (input: string): ReturnType<GatewayApp['call']> =>
      gateway.call(
        partner,
        `{ "variables": { "input": ${input} }, "query": ${JSON.stringify(query)} }`,
        { headers: { 'idempotency-key': 'spelling' } },
      );
    const first = await spelled('{"title":"A","severity":"LOW"}');
    const again = await spelled('{ "severity": "LOW", "title": "\\u0041" }');
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
  });

  it('holds for a day, to the millisecond', async () => {
    const caller = { ...partner };
    const call = async (): Promise<string> => {
      const { clientId, tenant } = partner;
      caller.token = await gateway.issueToken(clientId, tenant.id, ['incidents:write']);
      return (await create('day', 'A', caller)).text;
    };
    const first = await call();
    gateway.clock.advance(86_399_999);
    expect(await call()).toBe(first);
    gateway.clock.advance(1);
    const later = await call();
    expect(later).toContain('"createIncident"');
    expect(later).not.toBe(first);
    partner = caller;
  });

  it('is another key in another tenant of the same app', async () => {
    const tenant = await gateway.auth.createTenant();
    const token = await gateway.issueToken(partner.clientId, tenant.id, ['incidents:write']);
    const elsewhere = { ...partner, tenant, token };
    // The registry grants an app its own tenant alone; the key must not depend on that.
    await gateway.get(Database).execute(
      `INSERT INTO bundle_grant (id, client_id, tenant_id, bundle_id, version_range, status, valid_from, granted_by,
         created_at, updated_at)
       SELECT 'bgr_elsewhere', $1, $2, id, '1.x', 'active', $3, 'test', $3, $3 FROM operation_bundle
       WHERE name = 'incident-lifecycle'`,
      [partner.clientId, tenant.id, gateway.clock.date()],
    );
    await gateway.refresh();
    await create('tenant');
    const other = await create('tenant', 'B', elsewhere);
    expect(other.status).toBe(200);
    expect(other.headers).not.toHaveProperty('idempotency-replayed');
  });

  it('never runs a second time what was executed and not recorded', async () => {
    const before = await incidents();
    const complete = jest
      .spyOn(gateway.get(IdempotencyStore), 'complete')
      .mockRejectedValueOnce(new Error('the process died'));
    const first = await create('crash');
    complete.mockRestore();
    // Who is still there gets the answer of what was done.
    expect([first.status, first.body.data.createIncident.userErrors]).toEqual([200, []]);
    const code = async (): Promise<unknown> => {
      const { status, body } = await create('crash');
      return [status, body.errors[0].extensions.code];
    };
    expect(await code()).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS']);
    gateway.clock.advance(60_000);
    expect(await code()).toEqual([409, 'IDEMPOTENCY_REPLAY_EXPIRED']);
    expect(await incidents()).toBe(before + 1);
  });

  it('keeps the answer of what was done though a field below it failed', async () => {
    const selection =
      'createIncident(input: $input) { incident { timeline(first: 1) { nodes { id } } } }';
    const settings = {
      variable_rules: {
        input: {},
        ...Object.fromEntries(
          ['title', 'severity'].map((name) => [`input.${name}`, { maxLength: 9 }]),
        ),
        ...Object.fromEntries(
          ['description', 'source', 'externalRef', 'labels'].map((name) => [
            `input.${name}`,
            { forbid: true },
          ]),
        ),
        'input.severity': {},
      },
    };
    await publishBundle(gateway, 'nested', {
      One: { document: `mutation One($input: CreateIncidentInput!) { ${selection} }`, settings },
      Two: {
        document: `mutation Two($input: CreateIncidentInput!) { a: ${selection} b: ${selection} }`,
        settings,
      },
    });
    await gateway.grant(partner, 'nested');
    const { query: real } = gateway.get(Database);
    for (const name of ['One', 'Two']) {
      const before = await incidents();
      const run = (): ReturnType<GatewayApp['call']> =>
        gateway.call(
          partner,
          {
            documentId: `x-knogin:nested@1.0.0/${name}`,
            variables: { input: { title: 'A', severity: 'LOW' } },
          },
          { headers: { 'idempotency-key': 'nested' } },
        );
      const database = gateway.get(Database);
      const spy = jest.spyOn(database, 'query').mockImplementation(async (statement, values) => {
        if (JSON.stringify(statement).includes('incident_entry')) throw new Error('no timeline');
        return real.call(database, statement, values);
      });
      const first = await run();
      spy.mockRestore();
      expect(first.body.errors[0].extensions.code).toBe('INTERNAL');
      const done = await incidents();
      expect(done).toBeGreaterThan(before);
      expect((await run()).text).toBe(first.text);
      expect(await incidents()).toBe(done);
    }
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

  it('keeps the key where nobody knows whether the change was committed', async () => {
    const before = await incidents();
    const { dataSource } = gateway.get(Database);
    const spy = jest
      .spyOn(dataSource, 'transaction')
      .mockImplementationOnce(async (work: unknown) => {
        await dataSource.manager.transaction(work as TransactionWork);
        throw new Error('Connection terminated unexpectedly');
      });
    const first = await create('commit');
    spy.mockRestore();
    expect(first.body.errors[0].extensions.code).toBe('TEMPORARILY_UNAVAILABLE');
    const again = await create('commit');
    expect([again.status, again.body.errors[0].extensions.code]).toEqual([
      409,
      'IDEMPOTENCY_IN_PROGRESS',
    ]);
    expect(await incidents()).toBe(before + 1);
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
});
