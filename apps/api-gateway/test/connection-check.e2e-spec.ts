import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '#libs/operations';
import { ApolloExecutor } from '../src/modules/execution/index.js';
import { GatewayApp, type Partner } from './support/gateway-app.js';

const query = readFileSync(
  path.join(packageRoot(), 'bundles/connection-check/1.0.0/connection-check.graphql'),
  'utf8',
);

describe('ConnectionCheck', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start();
    partner = await gateway.createPartner();
    await gateway.grant(partner, 'connection-check');
  });
  afterAll(() => gateway.stop());

  it('answers an app that was granted the bundle, in the contract’s shape', async () => {
    const { status, body, headers } = await gateway.call(partner, { query, variables: {} });
    expect(body).toEqual({
      data: {
        result: {
          clientId: partner.clientId,
          tenantId: partner.tenant.id,
          scopes: ['webhooks:write'],
        },
      },
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it.each(['{ __typename }', 'query ConnectionCheck { result: viewer { clientId } }'])(
    'refuses any other document: %s',
    async (other) => {
      const { status, body } = await gateway.call(partner, { query: other });
      expect(status).toBe(403);
      expect(body.errors[0].extensions.code).toBe('OPERATION_NOT_APPROVED');
    },
  );

  it('refuses an app that holds no grant', async () => {
    const stranger = await gateway.createPartner();
    const { status, body } = await gateway.call(stranger, { query });
    expect(status).toBe(403);
    expect(body.errors[0].extensions.code).toBe('OPERATION_NOT_APPROVED');
  });
});

it('answers the same from Apollo Server, and prepares nothing on a request', async () => {
  const prepare = jest.spyOn(ApolloExecutor.prototype, 'prepare');
  const gatewayEnvironment = { GATEWAY_EXECUTOR: 'apollo' };
  const gateway = await GatewayApp.start({ gatewayEnvironment });
  const partner = await gateway.createPartner();
  await gateway.grant(partner, 'connection-check');
  const prepared = prepare.mock.calls.length;
  expect(prepared).toBeGreaterThan(15);
  for (const text of [query, `${query} # again`, query.replace('scopes', 'scopes __typename')]) {
    const { status, body } = await gateway.call(partner, { query: text });
    expect([status, body.data.result.clientId]).toEqual([200, partner.clientId]);
  }
  expect(prepare).toHaveBeenCalledTimes(prepared);
  await gateway.stop();
});
