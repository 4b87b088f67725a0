import { Pipeline } from '../src/modules/transport/pipeline.js';
import { GatewayApp } from './support/gateway-app.js';

/** Each broken thing alone would be told; the earlier one wins, so that none reveals what a later check would find. */
describe('order of the checks', () => {
  let gateway: GatewayApp;
  beforeAll(async () => (gateway = await GatewayApp.start()));
  afterAll(() => gateway.stop());

  it('is the list of the specification', () => {
    expect(gateway.get(Pipeline).steps.map(({ name }) => name)).toEqual([
      'transport',
      'authenticate',
      'tenant',
      'rate',
      'shape',
      'match',
      'grant',
      'scope',
      'variables',
      'cost',
      'idempotency',
      'execute',
      'usage',
      'scrub',
      'remember',
    ]);
  });

  it('tells the first of several mistakes', async () => {
    const partner = await gateway.createPartner();
    const codeOf = async (
      call: Parameters<GatewayApp['call']>[2],
      body: unknown,
    ): Promise<[number, string]> => {
      const answer = await gateway.call(partner, body, call);
      return [answer.status, answer.body.errors[0].extensions.code];
    };
    const wrong = { token: 'a.b.c', tenantId: 'ten_1' };
    const text = { headers: { 'content-type': 'text/plain' } };
    expect(await codeOf({ ...wrong, ...text }, '[')).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await codeOf(wrong, '[')).toEqual([401, 'UNAUTHENTICATED']);
    expect(await codeOf({ tenantId: 'ten_1' }, '[')).toEqual([400, 'TENANT_REQUIRED']);
    expect(await codeOf({}, '[')).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf({}, { query: '{' })).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    const unknown = { query: '{ a }', variables: { first: 1e9 }, operationName: 'x' };
    expect(await codeOf({}, unknown)).toEqual([403, 'OPERATION_NOT_APPROVED']);
  });
});
