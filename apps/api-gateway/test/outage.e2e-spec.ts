import { Cable, TestDatabase } from '#libs/testing';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

describe('the gateway while the database is away', () => {
  let database: TestDatabase;
  let cable: Cable;
  let gateway: GatewayApp;
  let partner: Partner;

  beforeAll(async () => {
    database = await TestDatabase.create();
    cable = await Cable.to(database.url);
    gateway = await GatewayApp.start({ database, environment: { DATABASE_URL: cable.url } });
    partner = await gateway.createPartner(['incidents:read', 'incidents:write']);
    await gateway.grant(partner, 'incident-lifecycle');
  });

  afterAll(async () => {
    await gateway.stop();
    await database.drop();
  });

  it('says 503 and when to come back, and why only in its log', async () => {
    const query = documents.get('ListIncidents');
    const ask = () => gateway.call(partner, { query });
    expect((await ask()).status).toBe(200);
    await cable.cut();
    const { status, body, headers } = await ask();
    expect([status, body.errors[0].extensions.code, headers['retry-after']]).toEqual([
      503,
      'TEMPORARILY_UNAVAILABLE',
      '5',
    ]);
    expect(gateway.log()).toContain('resolver failed');
  });
});
