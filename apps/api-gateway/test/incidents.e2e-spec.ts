import { EventPublisher } from '#libs/events';
import { Database } from '#libs/foundation';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

describe('incidents', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    // The relay would empty the outbox that these tests read.
    const environment = { WORKER_ROLE: 'api' };
    gateway = await GatewayApp.start({
      environment,
      gatewayEnvironment: { RATE_LIMIT_SCALE: '0' },
    });
    partner = await gateway.createPartner(['incidents:read', 'incidents:write']);
    await gateway.grant(partner, 'incident-lifecycle');
  });
  afterAll(() => gateway.stop());

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read member by member
  async function run(name: string, variables: object, as = partner): Promise<any> {
    const { status, body } = await gateway.call(as, { query: documents.get(name), variables });
    expect([status, body.errors]).toEqual([200, undefined]);
    return body.data;
  }
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  async function create(input: object = {}): Promise<any> {
    const full = { title: 'Pump 3 is silent', severity: 'HIGH', ...input };
    const { createIncident } = await run('CreateIncident', { input: full });
    expect(createIncident.userErrors).toEqual([]);
    return createIncident.incident;
  }
  /** Types and data of the events that are waiting, oldest first; afterwards there are none. */
  async function events(): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const rows = await gateway
      .get(Database)
      .query<{ body: Buffer }>('DELETE FROM event_outbox RETURNING body, id');
    return rows
      .map(
        ({ body }) =>
          JSON.parse(body.toString()) as {
            type: string;
            data: Record<string, unknown>;
            id: string;
          },
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  it('are created, read and listed, newest first', async () => {
    const one = await create({ labels: ['b', 'a', 'b'], description: 'Since noon.' });
    expect(one).toMatchObject({
      reference: expect.stringMatching(/^INC-\d+$/),
      status: 'OPEN',
      severity: 'HIGH',
      labels: ['a', 'b'],
      version: 1,
      createdAt: gateway.clock.date().toISOString(),
      closedAt: null,
    });
    const two = await create({ externalRef: 'SAP-1' });
    const { incident } = await run('GetIncident', { id: one.id });
    expect(incident).toMatchObject({ id: one.id, timeline: { nodes: [{ kind: 'CREATED' }] } });
    const page = await run('ListIncidents', { first: 1 });
    expect(page.incidents.nodes.map((node: { id: string }) => node.id)).toEqual([two.id]);
    const { endCursor } = page.incidents.pageInfo;
    const next = await run('ListIncidents', { first: 1, after: endCursor });
    expect(next.incidents.nodes[0].id).toBe(one.id);
    const filtered = await run('ListIncidents', {
      filter: { externalRef: 'SAP-1', status: ['OPEN'] },
    });
    expect(filtered.incidents.nodes.map((node: { id: string }) => node.id)).toEqual([two.id]);
  });

  it('publish what happens in the transaction of the change', async () => {
    await events();
    const { id } = await create();
    await run('UpdateIncident', { input: { id, status: 'ACKNOWLEDGED', description: 'Known.' } });
    await run('AddIncidentNote', { input: { id, text: 'A technician is on the way.' } });
    await run('CloseIncident', { input: { id, reason: 'Fixed' } });
    const published = await events();
    expect(published.map(({ type }) => type)).toEqual([
      'incident.created',
      'incident.updated',
      'incident.updated',
      'incident.closed',
    ]);
    expect(published[1]?.data).toMatchObject({
      id,
      status: 'acknowledged',
      changes: { status: { from: 'open', to: 'acknowledged' } },
    });
    expect(published[3]?.data).toMatchObject({ id, status: 'closed', close_reason: 'Fixed' });
    const { incident } = await run('GetIncident', { id });
    const kinds = incident.timeline.nodes.map((node: { kind: string }) => node.kind);
    expect(kinds).toEqual(['CLOSED', 'NOTE', 'UPDATED', 'CREATED']);
    expect(incident).toMatchObject({ status: 'CLOSED', version: 4, closeReason: 'Fixed' });
  });

  it('[G27] emit nothing when what is closed is closed again, nor when an update changes nothing', async () => {
    const { id, title } = await create();
    await run('UpdateIncident', { input: { id, title, labels: [], status: 'OPEN' } });
    await run('CloseIncident', { input: { id } });
    await events();
    const again = await run('CloseIncident', { input: { id, reason: 'Again' } });
    expect(again.closeIncident).toMatchObject({
      incident: { version: 2, closeReason: null },
      userErrors: [],
    });
    const late = await run('UpdateIncident', { input: { id, title: 'Other' } });
    expect(late.updateIncident.userErrors).toMatchObject([{ code: 'INCIDENT_CLOSED' }]);
    expect(await events()).toEqual([]);
  });

  it('[G27] emit nothing from a transaction that fails, and change nothing', async () => {
    const { id } = await create();
    await events();
    jest
      .spyOn(gateway.get(EventPublisher), 'publish')
      .mockRejectedValueOnce(new Error('no outbox'));
    const call = { query: documents.get('CloseIncident'), variables: { input: { id } } };
    const failed = await gateway.call(partner, call);
    expect([failed.status, failed.body.errors[0].extensions.code]).toEqual([500, 'INTERNAL']);
    expect(await events()).toEqual([]);
    expect((await run('GetIncident', { id })).incident).toMatchObject({
      status: 'OPEN',
      version: 1,
    });
  });

  it('refuse a stale version with CONFLICT', async () => {
    const { id } = await create();
    await run('UpdateIncident', { input: { id, expectedVersion: 1, severity: 'LOW' } });
    const { updateIncident } = await run('UpdateIncident', {
      input: { id, expectedVersion: 1, severity: 'HIGH' },
    });
    expect(updateIncident).toEqual({
      incident: null,
      userErrors: [{ code: 'CONFLICT', field: 'expectedVersion', message: expect.any(String) }],
    });
  });

  it('do not exist for another tenant', async () => {
    const { id } = await create();
    const stranger = await gateway.createPartner(['incidents:read', 'incidents:write']);
    await gateway.grant(stranger, 'incident-lifecycle');
    expect((await run('GetIncident', { id }, stranger)).incident).toBeNull();
    expect((await run('ListIncidents', {}, stranger)).incidents.nodes).toEqual([]);
    const { closeIncident } = await run('CloseIncident', { input: { id } }, stranger);
    expect(closeIncident.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('count within the tenant, also when created at once', async () => {
    const stranger = await gateway.createPartner(['incidents:write']);
    await gateway.grant(stranger, 'incident-lifecycle');
    const input = { title: 'A', severity: 'LOW' };
    const created = await Promise.all(
      Array.from({ length: 5 }, () => run('CreateIncident', { input }, stranger)),
    );
    const references = created.map(({ createIncident }) => createIncident.incident.reference);
    expect(references.sort()).toEqual(['INC-1', 'INC-2', 'INC-3', 'INC-4', 'INC-5']);
  });

  it.each(['compiled', 'apollo'])(
    '[G4] name the variable that is no cursor, as the document calls it: executor %s',
    async (executor) => {
      const peer = await gateway.startPeer({ GATEWAY_EXECUTOR: executor });
      const { id } = await create();
      const answers = [
        await peer.call(partner, {
          query: documents.get('ListIncidents'),
          variables: { after: 'whsec_SUPERSECRET' },
        }),
        await peer.call(partner, {
          query: documents.get('GetIncident'),
          variables: { id, timelineAfter: 'whsec_SUPERSECRET' },
        }),
      ];
      const [list, timeline] = answers.map(({ body }) => body.errors[0].extensions);
      const refused = { code: 'BAD_USER_INPUT', request_id: expect.any(String), rule: 'cursor' };
      expect(list).toEqual({ ...refused, variable: 'after' });
      expect(timeline).toEqual({ ...refused, variable: 'timelineAfter' });
      for (const { status, text } of answers) {
        expect(status).toBe(400);
        expect(text).not.toContain('SUPERSECRET');
      }
      await peer.stopGateway();
    },
  );

  it('[G21] hide why a resolver failed', async () => {
    jest
      .spyOn(gateway.get(Database), 'query')
      .mockRejectedValueOnce(new Error('connect ECONNREFUSED 10.0.0.5:5432 user=admin'));
    const call = { query: documents.get('ListIncidents') };
    const { status, body, text } = await gateway.call(partner, call);
    expect(status).toBe(500);
    expect(body).toEqual({
      errors: [
        {
          message: 'Internal error.',
          path: ['incidents'],
          extensions: { code: 'INTERNAL', request_id: expect.stringMatching(/^req_/) },
        },
      ],
      data: null,
    });
    expect(text).not.toContain('ECONNREFUSED');
    expect(gateway.log()).not.toContain('user=admin');
  });
});
