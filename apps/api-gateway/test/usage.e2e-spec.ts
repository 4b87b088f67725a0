import { UsageRecorder } from '../src/modules/usage/index.js';
import { GatewayApp } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

describe('usage', () => {
  let gateway: GatewayApp;
  beforeAll(async () => (gateway = await GatewayApp.start()));
  afterAll(() => gateway.stop());

  it('is counted by operation, app and day', async () => {
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
