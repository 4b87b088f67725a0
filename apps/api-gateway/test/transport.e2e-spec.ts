import { Database } from '#libs/foundation';
import { sha256Hex } from '#libs/operations';
import { GatewayApp, type Partner, strangeTenantId } from './support/gateway-app.js';
import { rawRequest } from './support/raw-request.js';
import { documents } from './support/shipped-documents.js';

const query = documents.get('ConnectionCheck') ?? '';
const documentId = `sha256:${sha256Hex(query)}`;

describe('POST /graphql', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    partner = await gateway.createPartner();
    await gateway.grant(partner, 'connection-check');
  });
  afterAll(() => gateway.stop());

  const raw = (lines: readonly string[], body?: string): Promise<string> =>
    rawRequest(gateway.public.baseUrl, lines, body);
  const asPartner = (): string[] => [
    'POST /graphql HTTP/1.1',
    `Authorization: Bearer ${partner.token}`,
    'Content-Type: application/json',
  ];

  it('[G11] accepts the approved text, reformatted, by id, by name and as a persisted query', async () => {
    const spelled = `\uFEFF# a comment\nquery ConnectionCheck{result:viewer,{clientId,tenantId,scopes}}`;
    const bodies = [
      { query },
      { query: spelled },
      { query, operationName: 'ConnectionCheck', variables: null },
      { documentId },
      { documentId, query: spelled },
      { documentId: 'x-knogin:connection-check@1.0.0/ConnectionCheck' },
      { extensions: { persistedQuery: { version: 1, sha256Hash: sha256Hex(query) } } },
    ];
    for (const body of bodies) {
      const answer = await gateway.call(partner, body);
      expect(answer.body.data.result.clientId).toBe(partner.clientId);
      expect(answer.body.data.result).not.toHaveProperty('__typename');
      expect(answer.status).toBe(200);
    }
  });

  it('[G12] answers the typename variant with __typename', async () => {
    const augmented = query.replace('scopes', 'scopes __typename');
    const { body } = await gateway.call(partner, { query: augmented });
    expect(body.data.result).toMatchObject({ __typename: 'Viewer', clientId: partner.clientId });
    expect(Object.keys(body.data)).toEqual(['result']);
  });

  it('[G9] answers alternating texts and ids alike', async () => {
    const answers = new Set<string>();
    for (let round = 0; round < 50; round += 1) {
      for (const body of [{ query }, { documentId }]) {
        answers.add((await gateway.call(partner, body)).text);
      }
    }
    expect(answers.size).toBe(1);
  });

  it('[G5] refuses every other method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD']) {
      const answer = await gateway.public.send(
        method,
        `/graphql?query=${encodeURIComponent(query)}`,
        {
          token: partner.token,
          headers: { 'x-tenant-id': partner.tenant.id },
        },
      );
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST, OPTIONS');
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
    const byId = await gateway.public.get(`/graphql?documentId=${documentId}`);
    expect(byId.status).toBe(405);
  });

  it('answers OPTIONS with the methods and no CORS', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await gateway.public.send('OPTIONS', '/graphql', { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers['allow']).toBe('POST, OPTIONS');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    );
  });

  it('publishes nothing beside it', async () => {
    for (const path of [
      '/graphql/',
      '/GraphQL',
      '/graphql/schema.graphql',
      '/',
      '/playground',
      '/health/live',
      '/metrics',
    ]) {
      const answer = await gateway.public.get(path);
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not_found']);
      expect(answer.text).not.toContain('graphql');
    }
    const sdl = await gateway.public.get('/graphql?sdl');
    expect(sdl.status).toBe(405);
  });

  it.each([
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(query)}`],
    ['multipart/form-data; boundary=x', '--x\r\n\r\n--x--'],
    ['application/graphql', query],
    ['text/plain', JSON.stringify({ query })],
    ['application/json; charset=utf-16', JSON.stringify({ query })],
    ['application/json-patch+json', JSON.stringify({ query })],
    ['', JSON.stringify({ query })],
  ])('[G5][G22] refuses the content type %j', async (contentType, body) => {
    const answer = await gateway.call(partner, body, { headers: { 'content-type': contentType } });
    expect(answer.status).toBe(415);
    expect(answer.body.errors[0].extensions.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('[G22] refuses a missing content type and a content encoding', async () => {
    const head = asPartner().filter((line) => !line.startsWith('Content-Type'));
    const tenant = `X-Tenant-ID: ${partner.tenant.id}`;
    const body = JSON.stringify({ query });
    expect(await raw([...head, tenant], body)).toContain('HTTP/1.1 415');
    expect(await raw([...asPartner(), tenant, 'Content-Encoding: gzip'], body)).toContain(
      'HTTP/1.1 415',
    );
    expect(await raw([...asPartner(), tenant, 'Content-Encoding: Identity'], body)).toContain(
      'HTTP/1.1 200',
    );
    expect(await raw([...asPartner(), tenant], body)).toContain('HTTP/1.1 200');
  });

  it('[G22] answers in the type that was asked for', async () => {
    const type = async (accept: string): Promise<unknown[]> => {
      const answer = await gateway.call(partner, { query }, { headers: { accept } });
      return [answer.status, answer.headers['content-type']];
    };
    expect(await type('application/graphql-response+json')).toEqual([
      200,
      'application/graphql-response+json; charset=utf-8',
    ]);
    expect(await type('*/*')).toEqual([200, 'application/json; charset=utf-8']);
    expect((await type('application/graphql-response+json;q=0'))[0]).toBe(406);
    expect((await type('text/html'))[0]).toBe(406);
  });

  it('[G5] executes no mutation that comes in any other way than as one JSON object', async () => {
    const holder = await gateway.createPartner(['incidents:write']);
    await gateway.grant(holder, 'incident-lifecycle');
    const mutation = documents.get('CreateIncident') ?? '';
    const variables = { input: { title: 'A', severity: 'LOW' } };
    const body = { query: mutation, variables };
    const form = new URLSearchParams({ query: mutation, variables: JSON.stringify(variables) });
    const part = '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n';
    const ways: [string, string][] = [
      ['application/json', JSON.stringify([body])],
      ['application/json', JSON.stringify([body, body])],
      ['application/x-www-form-urlencoded', form.toString()],
      ['multipart/form-data; boundary=x', `${part}${JSON.stringify(body)}\r\n--x--`],
      ['application/graphql', mutation],
      ['text/plain', JSON.stringify(body)],
    ];
    const incidents = (): Promise<unknown[]> =>
      gateway.get(Database).query('SELECT 1 FROM incident');
    for (const [contentType, text] of ways) {
      const headers = { 'content-type': contentType };
      const { status } = await gateway.call(holder, text, { headers });
      expect([400, 415]).toContain(status);
    }
    for (const search of [
      form,
      new URLSearchParams({ documentId: `sha256:${sha256Hex(mutation)}` }),
    ]) {
      const headers = { 'x-tenant-id': holder.tenant.id };
      const call = { token: holder.token, headers };
      const path = `/graphql?${search.toString()}`;
      expect((await gateway.public.get(path, call)).status).toBe(405);
      // A query string beside a body that is none of it.
      const post = { ...call, headers: { ...headers, 'content-type': 'application/json' } };
      expect((await gateway.public.post(path, { ...post, body: '{}' })).status).toBe(400);
    }
    expect(await incidents()).toEqual([]);
    expect((await gateway.call(holder, body)).status).toBe(200);
    expect(await incidents()).toHaveLength(1);
  });

  it.each([
    ['[G5] an array', JSON.stringify([{ query }])],
    ['[G5] an array of two', JSON.stringify([{ query }, { query }])],
    ['[G22] a byte order mark', `\uFEFF${JSON.stringify({ query })}`],
    ['no JSON', '{"query": '],
    ['nothing', ''],
    ['[G14] a member twice', `{"query":${JSON.stringify(query)},"query":"{ a }"}`],
  ])('refuses %s', async (_name, body) => {
    const answer = await gateway.call(partner, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].extensions.code).toBe('BAD_REQUEST');
  });

  it.each([
    '{',
    'query {',
    `{${'a: b '.repeat(5_000)}}`,
    `{ a ${'@a '.repeat(1_000)} }`,
    '{'.repeat(50_000),
    'nonsense secret-in-text',
  ])('[G23] refuses garbage without echo: %#', async (garbage) => {
    const answer = await gateway.call(partner, { query: garbage });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([
      {
        message: 'The document is not valid GraphQL.',
        extensions: { code: 'GRAPHQL_PARSE_FAILED', request_id: expect.any(String) },
      },
    ]);
  });

  it('[G23] refuses 100 KB of braces by their size', async () => {
    expect((await gateway.call(partner, '{'.repeat(100_000))).status).toBe(413);
  });

  it('refuses who has no valid token', async () => {
    const nobody = await gateway.call(partner, { query }, { token: undefined });
    expect(nobody.status).toBe(401);
    expect(nobody.body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
    expect(nobody.headers['www-authenticate']).toMatch(
      /^Bearer realm="knogin", resource_metadata="https:\/\/api\.knogin\.com\/\.well-known\/oauth-protected-resource"$/,
    );
    const garbage = await gateway.call(partner, { query }, { token: 'a.b.c' });
    expect(garbage.status).toBe(401);
    expect(garbage.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('refuses tokens for another resource, of operators, and two at once', async () => {
    const adminOnly = await gateway.issueToken(partner.clientId, partner.tenant.id, [
      'platform:apps:read',
    ]);
    expect((await gateway.call(partner, { query }, { token: adminOnly })).status).toBe(401);
    const body = JSON.stringify({ query });
    const head = [...asPartner(), `X-Tenant-ID: ${partner.tenant.id}`];
    expect(await raw([...head, `Authorization: Bearer ${partner.token}`], body)).toContain(
      'HTTP/1.1 400',
    );
  });

  it('refuses an expired token', async () => {
    const token = await gateway.issueToken(
      partner.clientId,
      partner.tenant.id,
      ['webhooks:write'],
      60,
    );
    expect((await gateway.call(partner, { query }, { token })).status).toBe(200);
    gateway.clock.advance(66_000);
    expect((await gateway.call(partner, { query }, { token })).status).toBe(401);
  });

  it('[G17] demands X-Tenant-ID once and well formed', async () => {
    for (const tenantId of [
      null,
      '',
      'a,b',
      `${partner.tenant.id},${partner.tenant.id}`,
      'ten_1',
      partner.tenant.id.toLowerCase(),
    ]) {
      const answer = await gateway.call(partner, { query }, { tenantId });
      expect([tenantId, answer.status]).toEqual([tenantId, 400]);
      expect(answer.body.errors[0].extensions.code).toBe('TENANT_REQUIRED');
    }
    const tenant = `X-Tenant-ID: ${partner.tenant.id}`;
    const twice = await raw([...asPartner(), tenant, tenant], JSON.stringify({ query }));
    expect(twice).toContain('HTTP/1.1 400');
    expect(twice).toContain('TENANT_REQUIRED');
  });

  it('[G17] refuses another tenant and one that does not exist with the same answer', async () => {
    const other = await gateway.auth.createTenant();
    const answers = [];
    for (const tenantId of [other.id, strangeTenantId()]) {
      const { status, text, headers } = await gateway.call(partner, { query }, { tenantId });
      const id = String(headers['x-request-id']);
      const rest = { ...headers, 'x-request-id': 'req_…', date: '…' };
      answers.push({ status, rest, text: text.replace(id, 'req_…') });
    }
    expect(answers[0]).toMatchObject({ status: 403 });
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.text).toContain('TENANT_MISMATCH');
  });

  it('names its authorization server (RFC 9728)', async () => {
    const { status, body, headers } = await gateway.public.get(
      '/.well-known/oauth-protected-resource',
    );
    expect([status, headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(body).toEqual({
      resource: 'https://api.knogin.com',
      authorization_servers: ['https://auth.knogin.com'],
      bearer_methods_supported: ['header'],
      scopes_supported: ['incidents:read', 'incidents:write', 'webhooks:read', 'webhooks:write'],
    });
  });

  it('tells health on the operator listener alone', async () => {
    expect((await gateway.operator.get('/health/ready')).status).toBe(200);
    expect((await gateway.operator.post('/graphql')).status).toBe(404);
  });
});
