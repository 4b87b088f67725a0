import { Database } from '#libs/foundation';
import { sha256Hex } from '#libs/operations';
import type { ApiAnswer } from '#libs/testing';
import { GatewayApp, type GraphQLCall, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const text = (name: string): string => documents.get(name) ?? '';
const check = text('ConnectionCheck');
const checkId = `sha256:${sha256Hex(check)}`;

/** All of an answer that a caller can compare, but for the id of the request and the time. */
function visible({ status, headers, text: body }: ApiAnswer): unknown {
  const rest = { ...headers, 'x-request-id': 'req_…', date: '…' };
  return { status, headers: rest, body: body.replace(/req_[0-9A-Z]{26}/, 'req_…') };
}

describe('what is not approved', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  let unknown: unknown;
  beforeAll(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    partner = await gateway.createPartner(['webhooks:write', 'incidents:read']);
    await gateway.grant(partner, 'connection-check');
    unknown = visible(await gateway.call(partner, { query: 'query Unknown { nothing }' }));
  });
  afterAll(() => gateway.stop());

  const ask = async (body: unknown, call?: GraphQLCall): Promise<unknown> =>
    visible(await gateway.call(partner, body, call));

  it('is one answer without a trace of schema or text', () => {
    expect(unknown).toMatchObject({
      status: 403,
      body: JSON.stringify({
        errors: [
          {
            message: 'The operation is not approved for this app and tenant.',
            extensions: { code: 'OPERATION_NOT_APPROVED', request_id: 'req_…' },
          },
        ],
      }),
    });
  });

  it('[G1] refuses { __typename }', async () => {
    expect(await ask({ query: '{ __typename }' })).toEqual(unknown);
  });

  it.each([
    '{ __schema { types { name } } }',
    'query A { x: __schema { types { name } } }',
    'query A { x: __type(name: "Query") { name } }',
    'query A { ... on Query { x: __type(name: "Query") { fields { name } } } }',
    'query A { ...F } fragment F on Query { __schema { queryType { name } } }',
    'query A($yes: Boolean = true) { __schema @include(if: $yes) { types { name } } }',
    'query ConnectionCheck { result: viewer { clientId tenantId scopes } __schema { types { name } } }',
    'query IntrospectionQuery { __schema { queryType { name } directives { name } } }',
  ])('[G2] refuses introspection as it refuses an unknown operation: %s', async (query) => {
    expect(await ask({ query })).toEqual(unknown);
  });

  it.each([
    check.replace('clientId', 'clientld'),
    check.replace('viewer', 'viewr'),
    check.replace('ConnectionCheck', 'ConectionCheck'),
    'mutation M { createIncident(input: { severity: HIHG }) { incident { id } } }',
    'query Q { incident(idd: 1) { id } }',
    'query Q { incidents(filter: { staus: OPEN }) { nodes { id } } }',
    'query Q($a: Incidnt) { viewer { clientId } }',
  ])('[G3] suggests nothing for a misspelt document: %s', async (query) => {
    expect(await ask({ query })).toEqual(unknown);
  });

  it.each([
    ['uppercase hexadecimal', `sha256:${sha256Hex(check).toUpperCase()}`],
    ['a blank at the end', `${checkId} `],
    ['no digest', 'sha256:'],
    ['a path', '../../etc/passwd'],
    ['a digest without its prefix', sha256Hex(check)],
    ['__proto__', '__proto__'],
    ['sha256:__proto__', 'sha256:__proto__'],
    ['x-knogin:constructor', 'x-knogin:constructor'],
    ['a name that nobody has', 'x-knogin:connection-check@9.9.9/ConnectionCheck'],
    ['nothing', ''],
  ])('[G8] refuses the documentId with %s', async (_name, documentId) => {
    expect(await ask({ documentId })).toEqual(unknown);
  });

  it('[G8] refuses a documentId of a megabyte by its size', async () => {
    const answer = await gateway.call(partner, { documentId: 'a'.repeat(1_000_000) });
    expect(answer.status).toBe(413);
    expect(answer.body.errors[0].extensions.code).toBe('PAYLOAD_TOO_LARGE');
  });

  it.each([[7], [{ sha256: 'a' }], [[checkId]], [true]])(
    '[G8] refuses the documentId %j as malformed',
    async (documentId) => {
      expect(await ask({ documentId })).toMatchObject({ status: 400 });
    },
  );

  it.each([
    ['reordered fields', check.replace('clientId\n    tenantId', 'tenantId\n    clientId')],
    ['a renamed alias', check.replace('result:', 'outcome:')],
    ['an extra fragment', `${check} fragment F on Viewer { clientId }`],
    ['an extra argument', check.replace('viewer', 'viewer(a: 1)')],
    ['[G13] a second operation', `${check} query Other { viewer { clientId } }`],
  ])('[G11] refuses %s', async (_name, query) => {
    expect(await ask({ query })).toEqual(unknown);
    expect(await ask({ query, operationName: 'ConnectionCheck' })).toEqual(unknown);
  });

  it('[G10] refuses an operation that another app has just run, by id and by text', async () => {
    const other = await gateway.createPartner();
    for (const body of [{ query: check }, { query: `${check} ` }, { documentId: checkId }]) {
      expect((await gateway.call(partner, body)).status).toBe(200);
      expect(visible(await gateway.call(other, body))).toEqual(unknown);
    }
  });

  it('[G10] refuses an app of the same name in another tenant', async () => {
    const elsewhere = await gateway.auth.createTenant();
    const token = await gateway.issueToken(partner.clientId, elsewhere.id, ['webhooks:write']);
    const call = { token, tenantId: elsewhere.id };
    expect(await ask({ query: check }, call)).toEqual(unknown);
    expect(await ask({ query: `${check}#` }, call)).toEqual(unknown);
  });

  it('[G19] tells a missing scope only to who holds the operation', async () => {
    expect(await ask({ query: text('ListIncidents') })).toEqual(unknown);
    const holder = await gateway.createPartner(['webhooks:read']);
    await gateway.grant(holder, 'incident-lifecycle');
    const { status, body, headers } = await gateway.call(holder, { query: text('ListIncidents') });
    expect(status).toBe(403);
    expect(body.errors[0].extensions).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      required_scopes: ['incidents:read'],
    });
    expect(headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(headers['www-authenticate']).toContain('resource_metadata="');
  });

  it('[G6] registers nothing: a digest that came with its text is still unknown', async () => {
    const query = 'query Mine { viewer { clientId } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(query) } };
    for (const body of [{ extensions }, { query, extensions }, { extensions }]) {
      expect(await ask(body)).toEqual(unknown);
    }
    expect(gateway.log()).not.toContain('PERSISTED');
  });

  it('[G7] refuses an approved id with another text, and the other way round', async () => {
    const other = 'query Other { viewer { clientId } }';
    expect(await ask({ documentId: checkId, query: other })).toMatchObject({ status: 400 });
    expect(await ask({ documentId: `sha256:${sha256Hex(other)}`, query: check })).toEqual(unknown);
    expect((await gateway.call(partner, { documentId: checkId, query: check })).status).toBe(200);
  });

  it('[G7] runs neither of two approved mutations that come as id and text', async () => {
    const holder = await gateway.createPartner(['incidents:write']);
    await gateway.grant(holder, 'incident-lifecycle');
    const [create, note] = [text('CreateIncident'), text('AddIncidentNote')];
    const variables = { input: { title: 'A', severity: 'LOW' } };
    for (const [id, query] of [
      [create, note],
      [note, create],
    ] as const) {
      const body = { documentId: `sha256:${sha256Hex(id)}`, query, variables };
      const answer = await gateway.call(holder, body);
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].extensions).toMatchObject({
        code: 'BAD_REQUEST',
        reason: 'id_and_text_differ',
      });
    }
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(note) } };
    expect((await gateway.call(holder, { query: create, extensions, variables })).status).toBe(400);
    expect(await gateway.get(Database).query('SELECT 1 FROM incident')).toEqual([]);
  });

  it('[G7] tells an app without the grant nothing about ids and texts', async () => {
    const other = await gateway.createPartner();
    const body = { documentId: checkId, query: 'query Other { viewer { clientId } }' };
    expect(visible(await gateway.call(other, body))).toEqual(unknown);
  });

  it('speaks no other language than its own', async () => {
    expect(await ask({ query: '{ a }' }, { headers: { 'accept-language': 'de' } })).toEqual(
      unknown,
    );
  });

  it('names no server and offers no tracing', () => {
    const { headers, body } = unknown as { headers: Record<string, string>; body: string };
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-powered-by']));
    for (const leak of ['locations', 'path', 'stacktrace', 'tracing', 'cost', 'Did you mean']) {
      expect(body).not.toContain(`"${leak}`);
    }
  });
});
