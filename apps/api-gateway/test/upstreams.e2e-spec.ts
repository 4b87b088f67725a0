import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ApiAnswer, ApiClient } from '#libs/testing';
import { withTypename } from '#libs/operations';
import { parse, print } from 'graphql';
import { GatewayApp, type Partner } from './support/gateway-app.js';

const workflow = {
  key: 'orders',
  title: { de: 'Bestellungen', en: 'Orders' },
  description: { de: 'Bestellungen lesen.', en: 'Read orders.' },
  owner_team: 'integrations',
  data_classification: 'internal',
};
const sdl = `
  enum State { NEW DONE }
  interface Item { id: ID! }
  type Good implements Item { id: ID! weight: Int! }
  type Service implements Item { id: ID! hours: Float! }
  type Order { id: ID! state: State! note: String items(first: Int! = 5): [Item!]! secret: String }
  type Query { order(id: ID!): Order @requiresScope(scope: "incidents:read") orders(first: Int! = 5): [Order!] }
`;
const getOrder = `query GetOrder($id: ID!, $withNote: Boolean = true) {
  mine: order(id: $id) { id state note @include(if: $withNote) items(first: 3) { id ... on Good { weight } ... on Service { hours } } }
}`;
const order = {
  id: 'o1',
  state: 'NEW',
  note: 'fragile',
  items: [
    { id: 'i1', __typename: 'Good', weight: 3 },
    { id: 'i2', __typename: 'Service', hours: 1.5 },
  ],
};

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

describe('upstreams', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  let operator: ApiClient;
  let server: Server;
  let reply: Reply;
  let seen: { url: string; headers: IncomingMessage['headers']; body: string }[];
  let baseUrl: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        seen.push({
          url: `${request.method ?? ''} ${request.url ?? ''}`,
          headers: request.headers,
          body,
        });
        reply(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    gateway = await GatewayApp.start({
      environment: { BUNDLE_APPROVALS: '1' },
      gatewayEnvironment: { RATE_LIMIT_SCALE: '0' },
    });
    partner = await gateway.createPartner(['incidents:read']);
    operator = await gateway.auth.asOperator('ada');
    const common = { kind: 'graphql', base_url: `${baseUrl}/graphql`, schema_sdl: sdl };
    await register({ ...common, name: 'erp', allow_cidrs: ['127.0.0.0/8'], timeout_ms: 300 });
    await register({ ...common, name: 'walled' });
    await register({
      name: 'rest',
      kind: 'http',
      base_url: baseUrl,
      schema_sdl: sdl,
      allow_cidrs: ['127.0.0.0/8'],
      auth_mode: 'service',
      credential: 'service-token',
      max_response_bytes: 1_000,
      breaker_failures: 3,
    });
    const rule = { variable_rules: { id: { maxLength: 40 }, withNote: {} } };
    const mapping = {
      method: 'GET',
      path: '/orders/{id}?note={withNote}',
      result: { mine: '/data' },
    };
    await publish('orders', {
      GetOrder: [getOrder, { ...rule, upstream: 'erp' }],
      GetOrderBehindAWall: [
        getOrder.replace('GetOrder', 'GetOrderBehindAWall'),
        { ...rule, upstream: 'walled' },
      ],
      GetOrderByRest: [
        getOrder.replace('GetOrder', 'GetOrderByRest'),
        { ...rule, upstream: 'rest', mapping },
      ],
    });
    await gateway.grant(partner, 'orders');
  });
  beforeEach(() => {
    seen = [];
    reply = (_request, response) => json(response, { data: { mine: order } });
  });
  afterAll(async () => {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
  });

  function json(response: ServerResponse, body: unknown, status = 200): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
  async function register(body: object): Promise<void> {
    expect((await operator.post('/v1/upstreams', { body })).status).toBe(201);
  }
  async function publish(
    name: string,
    operations: Record<string, [string, object]>,
  ): Promise<void> {
    const entries = Object.entries(operations);
    const manifest = {
      name,
      version: '1.0.0',
      title: workflow.title,
      changelog: 'First.',
      workflow,
      operations: Object.fromEntries(entries.map(([key, [, settings]]) => [key, settings])),
    };
    const documents = Object.fromEntries(entries.map(([key, [text]]) => [key, text]));
    const created = await operator.post('/v1/bundles', { body: { manifest, documents } });
    expect([created.status, created.body.errors]).toEqual([201, undefined]);
    const at = `/v1/bundles/${name}/versions/1.0.0`;
    await operator.post(`${at}/submit`);
    const bob = await gateway.auth.asOperator('bob');
    expect((await bob.post(`${at}/approve`)).body.status).toBe('approved');
  }
  const run = (
    name = 'GetOrder',
    variables: object = { id: 'o1' },
    headers = {},
  ): Promise<ApiAnswer> =>
    gateway.call(partner, { documentId: `x-knogin:orders@1.0.0/${name}`, variables }, { headers });

  it('answer in the shape of the approved selection', async () => {
    const { status, body } = await run();
    expect(status).toBe(200);
    expect(body).toEqual({
      data: {
        mine: {
          id: 'o1',
          state: 'NEW',
          note: 'fragile',
          items: [
            { id: 'i1', weight: 3 },
            { id: 'i2', hours: 1.5 },
          ],
        },
      },
    });
    const without = await run('GetOrder', { id: 'o1', withNote: false });
    expect(without.body.data.mine).not.toHaveProperty('note');
  });

  it('[G12] answer the typename variant with __typename', async () => {
    const augmented = print(withTypename(parse(getOrder)));
    reply = (_request, response) =>
      json(response, { data: { mine: { ...order, __typename: 'Order' } } });
    const { body } = await gateway.call(partner, { query: augmented, variables: { id: 'o1' } });
    expect(body.data.mine).toMatchObject({
      __typename: 'Order',
      items: [{ __typename: 'Good' }, {}],
    });
  });

  it('[G18] get the tenant of the token, and nothing that the caller sent', async () => {
    await run('GetOrder', undefined, {
      X_Tenant_ID: 'ten_evil',
      'x-hasura-role': 'admin',
      'x-user-id': 'root',
      'x-forwarded-host': 'evil.example',
      cookie: 'a=b',
    });
    const [request] = seen;
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'accept',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'x-request-id',
      'x-tenant-id',
    ]);
    expect(request?.headers['x-tenant-id']).toBe(partner.tenant.id);
    expect(JSON.stringify(request)).not.toContain(partner.token);
    const { query, variables } = JSON.parse(request?.body ?? '') as {
      query: string;
      variables: object;
    };
    expect(query).toContain('query GetOrder');
    expect(variables).toEqual({ id: 'o1', withNote: true });
  });

  it('[G20] pass on neither texts nor stacks nor fields that were not asked for', async () => {
    reply = (_request, response) =>
      json(response, {
        data: { mine: { ...order, secret: 's3cret', note: null, extra: 1 }, other: 'x' },
        errors: [
          {
            message: 'connect ECONNREFUSED 10.0.0.5:5432 user=admin',
            path: ['mine', 'note'],
            extensions: { stacktrace: ['at db.internal'] },
          },
        ],
        extensions: { tracing: { host: 'db.internal' } },
      });
    const { status, body, text } = await run();
    expect(status).toBe(200);
    expect(body.errors).toEqual([
      {
        message: 'A system behind the gateway failed.',
        path: ['mine', 'note'],
        extensions: { code: 'UPSTREAM_ERROR', request_id: expect.any(String) },
      },
    ]);
    for (const leak of ['s3cret', 'extra', 'other', 'internal', 'ECONNREFUSED', 'tracing']) {
      expect(text).not.toContain(leak);
    }
  });

  it.each<[string, unknown]>([
    ['an enum value that the schema does not have', { ...order, state: 'SECRET_STATE' }],
    ['null where none may be', { ...order, id: null }],
    ['an object for a list', { ...order, items: {} }],
    ['a type that does not fit', { ...order, items: [{ id: 'i1', __typename: 'Order' }] }],
    ['text for a number', { ...order, items: [{ id: 'i1', __typename: 'Good', weight: 'heavy' }] }],
  ])('[G20] refuse %s', async (_name, mine) => {
    reply = (_request, response) => json(response, { data: { mine } });
    const { status, body, text } = await run();
    expect([status, body.data]).toEqual([502, null]);
    expect(body.errors[0].extensions.code).toBe('UPSTREAM_ERROR');
    expect(text).not.toMatch(/SECRET_STATE|heavy|Order/);
  });

  it.each<[string, Reply]>([
    ['errors without data', (_q, r) => json(r, { errors: [{ message: 'secret' }] })],
    ['a failure', (_q, r) => json(r, { message: 'secret stack' }, 500)],
    ['a refusal', (_q, r) => json(r, { message: 'secret' }, 401)],
    ['HTML', (_q, r) => r.writeHead(200).end('<h1>secret</h1>')],
    ['a reset', (q) => q.socket.destroy()],
  ])('[G20] answer 502 to %s', async (_name, answer) => {
    reply = answer;
    const { status, text } = await run();
    expect(status).toBe(502);
    expect(text).not.toContain('secret');
    reply = (_request, response) => json(response, { data: { mine: order } });
    await run();
  });

  it('[G20] are not followed to another host', async () => {
    reply = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    expect((await run()).status).toBe(502);
    expect(seen).toHaveLength(1);
  });

  it('[G20] are cut off when they are slow, and their socket closed', async () => {
    const closed = new Promise<void>((resolve) => {
      reply = (request) => request.socket.once('close', () => resolve());
    });
    const { status, body } = await run();
    expect([status, body.errors[0].extensions.code]).toEqual([504, 'TIMEOUT']);
    await closed;
  });

  it('[G20] are cut off when they answer too much', async () => {
    let written = 0;
    const closed = new Promise<void>((resolve) => {
      reply = (_request, response) => {
        const chunk = Buffer.alloc(64 * 1024, 'a');
        response.writeHead(200);
        const more = (): void => {
          while (written < 50 * 1024 * 1024 && !response.destroyed) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
          response.end();
        };
        response.once('close', resolve);
        more();
      };
    });
    expect((await run('GetOrderByRest')).status).toBe(502);
    await closed;
    expect(written).toBeLessThan(50 * 1024 * 1024);
  });

  it('[G20] in a private range are refused unless the operator lists it', async () => {
    expect((await run('GetOrderBehindAWall')).status).toBe(502);
    expect(seen).toEqual([]);
  });

  it('of kind http are asked by a declarative mapping, with their own credential', async () => {
    reply = (_request, response) => json(response, { data: order });
    await run('GetOrderByRest');
    const { body } = await run('GetOrderByRest', { id: 'a/../b', withNote: true });
    expect(body.data.mine.id).toBe('o1');
    const last = seen.at(-1);
    expect(last?.url).toBe('GET /orders/a%2F..%2Fb?note=true');
    expect(last?.headers.authorization).toBe('Bearer service-token');
    expect((await run('GetOrderByRest', { id: '..' })).body.errors[0].extensions.code).toBe(
      'BAD_USER_INPUT',
    );
  });

  it('of kind http: what is not there is null', async () => {
    reply = (_request, response) => json(response, { code: 'not_found' }, 404);
    const { status, body } = await run('GetOrderByRest');
    expect([status, body]).toEqual([200, { data: { mine: null } }]);
  });

  it('that keep failing are left alone for a while', async () => {
    reply = (_request, response) => json(response, {}, 500);
    for (let call = 0; call < 6; call += 1) await run('GetOrderByRest');
    expect(seen).toHaveLength(3);
    gateway.clock.advance(30_000);
    reply = (_request, response) => json(response, { data: order });
    expect((await run('GetOrderByRest')).status).toBe(200);
    expect((await run('GetOrderByRest')).status).toBe(200);
    expect(seen).toHaveLength(5);
  });

  it('demand the scopes of their own schema', async () => {
    const other = await gateway.createPartner(['webhooks:read']);
    await gateway.grant(other, 'orders');
    const call = { documentId: 'x-knogin:orders@1.0.0/GetOrder', variables: { id: 'o1' } };
    const { body } = await gateway.call(other, call);
    expect(body.errors[0].extensions.code).toBe('INSUFFICIENT_SCOPE');
  });
});
