import { GatewayApp } from './support/gateway-app.js';

describe('metrics', () => {
  it('count outcomes on the operator listener, and name neither tenants nor apps', async () => {
    const gateway = await GatewayApp.start();
    const partner = await gateway.createPartner();
    await gateway.grant(partner, 'connection-check');
    await gateway.call(partner, { documentId: 'x-knogin:connection-check@1.0.0/ConnectionCheck' });
    await gateway.call(partner, { query: '{ secret }' });
    const { status, text, headers } = await gateway.operator.get('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      'graphql_requests_total{outcome="ok"} 1',
      'graphql_requests_total{outcome="OPERATION_NOT_APPROVED"} 1',
      'graphql_operation_executions_total{operation="connection-check@1.0.0/ConnectionCheck",outcome="ok"} 1',
      'graphql_request_duration_seconds_count 2',
      'gateway_snapshot_operations 15',
      'gateway_broken_operations 0',
      'gateway_upstreams_open_breakers 0',
    ]) {
      expect(text).toContain(line);
    }
    for (const secret of [partner.clientId, partner.tenant.id, 'secret']) {
      expect(text).not.toContain(secret);
    }
    expect((await gateway.public.get('/metrics')).status).toBe(404);
    await gateway.stop();
  });
});
