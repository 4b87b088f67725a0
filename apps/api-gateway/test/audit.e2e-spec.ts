import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type Audit, serverAudits } from 'graphql-http';
import { SnapshotStore } from '../src/modules/bundles/index.js';
import { UsageRecorder } from '../src/modules/usage/index.js';
import { fixtureSnapshot } from './support/fixture-snapshot.js';
import { GatewayApp, type Partner } from './support/gateway-app.js';

/** The four documents of the audit suite that must answer 200. */
const documents = [
  '{ __typename }',
  'query Query { __typename }',
  '{ __type(name: "Run🏃Swim🏊") { name } }',
  'query Type($name: String!) { __type(name: $name) { name } }',
];

/**
 * What the referee remarks on, and why it stays. The draft of GraphQL over HTTP has moved on since the suite was
 * written: refusals have status codes of their own also where application/json is asked for.
 */
const explained: Readonly<Record<string, string>> = {
  '572B': 'a document that cannot be parsed is 400, not 200',
  FDE2: 'a document that is not approved is refused, not answered with 200',
  '7B9B': 'the document of the audit is not approved: 403',
  '86EE': 'the same: 403 says nothing of its variables',
  '5A70': 'there is no GET',
  D6D5: 'there is no GET',
  '6A70': 'there is no GET',
};

describe('graphql-http audits', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    partner = await gateway.createPartner();
    const { schema } = gateway.get(GraphQLSchemaHost);
    const holder = { clientId: partner.clientId, tenantId: partner.tenant.id };
    const snapshot = fixtureSnapshot(schema, documents, holder, { name: { maxLength: 100 } });
    jest.spyOn(gateway.get(SnapshotStore), 'current', 'get').mockReturnValue(snapshot);
    // The fixture's operations are in no table that usage could refer to.
    jest.spyOn(gateway.get(UsageRecorder), 'record').mockReturnValue();
  });
  afterAll(() => gateway.stop());

  /** The audits know of no token and no tenant. */
  const fetchFn = (url: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${partner.token}`);
    headers.set('x-tenant-id', partner.tenant.id);
    return fetch(url, { ...init, headers });
  };

  it('pass without an error, and with no remark that is not explained', async () => {
    const url = `${gateway.public.baseUrl}/graphql`;
    const audits: Audit[] = serverAudits({ url, fetchFn });
    const remarks: Record<string, string[]> = { error: [], warn: [], notice: [] };
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== 'ok') remarks[result.status]?.push(result.id);
    }
    expect(audits.length).toBeGreaterThan(60);
    expect(remarks).toEqual({
      error: [],
      warn: ['572B', 'FDE2', '7B9B', '86EE'],
      notice: ['5A70', 'D6D5', '6A70'],
    });
    for (const id of [...(remarks.warn ?? []), ...(remarks.notice ?? [])]) {
      expect(explained).toHaveProperty(id);
    }
  });
});
