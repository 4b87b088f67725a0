import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const query = documents.get('ConnectionCheck');

describe('limits', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { GATEWAY_COST_EXTENSION: 'true' } });
  });
  beforeEach(async () => {
    partner = await gateway.createPartner(['incidents:read', 'webhooks:read']);
    await gateway.grant(partner, 'connection-check');
    await gateway.grant(partner, 'incident-lifecycle');
  });
  afterAll(() => gateway.stop());

  const expensive = { query: documents.get('ListIncidents'), variables: { first: 100 } };

  it('let a burst of a thousand points through, then a hundred a second', async () => {
    const statuses = [];
    for (let call = 0; call < 10; call += 1) {
      statuses.push((await gateway.call(partner, expensive)).status);
    }
    expect(statuses).toEqual([...Array<number>(9).fill(200), 429]);
    const refused = await gateway.call(partner, expensive);
    expect(refused.body.errors[0].extensions.code).toBe('RATE_LIMITED');
    expect(refused.body).not.toHaveProperty('extensions');
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': '"cost";q=1000;w=10',
      'retry-after': '1',
    });
    expect((await gateway.call(partner, { query })).status).toBe(200);
    gateway.clock.advance(1_000);
    expect((await gateway.call(partner, expensive)).status).toBe(200);
  });

  it('belong to app and tenant: what one uses up, no other feels', async () => {
    for (let call = 0; call < 10; call += 1) await gateway.call(partner, expensive);
    expect((await gateway.call(partner, expensive)).status).toBe(429);
    const other = await gateway.createPartner(['incidents:read'], partner.tenant);
    await gateway.grant(other, 'incident-lifecycle');
    expect((await gateway.call(other, expensive)).status).toBe(200);
  });

  it('can be set for a grant', async () => {
    const other = await gateway.createPartner(['incidents:read']);
    await gateway.grant(other, 'incident-lifecycle', { costBurst: 150, costPerSecond: 10 });
    const first = await gateway.call(other, expensive);
    expect(first.headers['ratelimit-policy']).toBe('"cost";q=150;w=15');
    expect((await gateway.call(other, expensive)).status).toBe(429);
  });

  it('slow down whoever tries operations he does not hold', async () => {
    const statuses = new Map<number, number>();
    for (let call = 0; call < 121; call += 1) {
      const { status } = await gateway.call(partner, { documentId: `sha256:${call}` });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [403, 120],
      [429, 1],
    ]);
    const held = await gateway.call(partner, { query });
    expect(held.status).toBe(429);
    expect(held.headers['ratelimit-policy']).toBe('"rejected";q=120;w=60');
    gateway.clock.advance(500);
    expect((await gateway.call(partner, { query })).status).toBe(200);
  });

  it('are told with the cost of an executed operation, and never of a refused one', async () => {
    const { body, headers } = await gateway.call(partner, {
      query: documents.get('ListIncidents'),
    });
    expect(body.extensions).toEqual({ cost: { requested: 102, actual: 22, remaining: 978 } });
    expect(headers).toMatchObject({
      'ratelimit-policy': '"cost";q=1000;w=10',
      ratelimit: expect.stringMatching(/^"cost";r=978;t=\d+$/),
    });
    const refused = await gateway.call(partner, { query: '{ a }' });
    expect(refused.body).not.toHaveProperty('extensions');
    expect(refused.headers).not.toHaveProperty('ratelimit');
  });
});
