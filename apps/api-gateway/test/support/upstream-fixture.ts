import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Database } from '#libs/foundation';
import type { ApiAnswer, ApiClient } from '#libs/testing';
import { GatewayApp, type Partner } from './gateway-app.js';
import { publishBundle } from './publish-bundle.js';

const sdl = `
  enum State { NEW DONE }
  interface Item { id: ID! }
  type Good implements Item { id: ID! weight: Int! }
  type Service implements Item { id: ID! hours: Float! }
  type Order { id: ID! state: State! note: String items(first: Int! = 5): [Item!]! secret: String }
  type Query { order(id: ID!): Order @requiresScope(scope: "incidents:read") orders(first: Int! = 5): [Order!] }
`;
export const getOrder = `query GetOrder($id: ID!, $withNote: Boolean = true) {
  mine: order(id: $id) { id state note @include(if: $withNote) items(first: 3) { id ... on Good { weight } ... on Service { hours } } }
}`;
export const order = {
  id: 'o1',
  state: 'NEW',
  note: 'fragile',
  items: [
    { id: 'i1', __typename: 'Good', weight: 3 },
    { id: 'i2', __typename: 'Service', hours: 1.5 },
  ],
};

export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

export interface SeenRequest {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A gateway with a bundle whose operations run at a server of the test's own, as GraphQL and as REST. */
export class UpstreamFixture {
  /** What the upstream got, oldest first. */
  seen: SeenRequest[] = [];
  reply: Reply = () => undefined;

  private constructor(
    readonly gateway: GatewayApp,
    readonly partner: Partner,
    private readonly operator: ApiClient,
    private readonly server: Server,
  ) {}

  static async start(): Promise<UpstreamFixture> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const gateway = await GatewayApp.start({
      environment: { BUNDLE_APPROVALS: '1' },
      gatewayEnvironment: { RATE_LIMIT_SCALE: '0' },
    });
    const partner = await gateway.createPartner(['incidents:read']);
    const operator = await gateway.auth.asOperator('ada');
    const fixture = new UpstreamFixture(gateway, partner, operator, server);
    server.on('request', (request, response) => fixture.receive(request, response));
    await fixture.registerUpstreams();
    await fixture.publishOrders();
    await gateway.grant(partner, 'orders');
    return fixture;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Before each test. */
  reset(): void {
    this.seen = [];
    this.reply = (_request, response) => json(response, { data: { mine: order } });
  }

  async run(
    name = 'GetOrder',
    variables: object = { id: 'o1' },
    headers = {},
    as = this.partner,
  ): Promise<ApiAnswer> {
    const body = { documentId: `x-knogin:orders@1.0.0/${name}`, variables };
    return this.gateway.call(as, body, { headers });
  }

  /** As an operator does it; felt once the gateway has heard of it. */
  async change(name: string, body: object): Promise<void> {
    const { upstreams } = (await this.operator.get('/v1/upstreams')).body;
    const { id } = upstreams.find((upstream: { name: string }) => upstream.name === name);
    expect((await this.operator.patch(`/v1/upstreams/${id}`, { body })).status).toBe(200);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    this.server.closeAllConnections();
    this.server.close();
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      this.seen.push({ url: `${method} ${url}`, headers, body });
      this.reply(request, response);
    });
  }

  private async registerUpstreams(): Promise<void> {
    const allowed = { allow_cidrs: ['127.0.0.0/8'], schema_sdl: sdl };
    const graphql = { kind: 'graphql', base_url: `${this.baseUrl}/graphql`, schema_sdl: sdl };
    await this.register({ ...graphql, ...allowed, name: 'erp', timeout_ms: 300 });
    await this.register({ ...graphql, ...allowed, name: 'walled' });
    // As after a change of its DNS: registration would refuse it.
    await this.gateway
      .get(Database)
      .execute(`UPDATE upstream SET allow_cidrs = '{}' WHERE name = 'walled'`);
    await this.register({
      ...allowed,
      name: 'rest',
      kind: 'http',
      base_url: this.baseUrl,
      auth_mode: 'service',
      credential: 'service-token',
      max_response_bytes: 1_000,
      breaker_failures: 3,
    });
    await this.register({
      ...allowed,
      name: 'down',
      kind: 'http',
      base_url: await deserted(),
      breaker_failures: 3,
    });
  }

  private async register(body: object): Promise<void> {
    expect((await this.operator.post('/v1/upstreams', { body })).status).toBe(201);
  }

  private async publishOrders(): Promise<void> {
    const variable_rules = { id: { maxLength: 40 }, withNote: {} };
    const path = '/orders/{id}?note={withNote}';
    const mapping = { method: 'GET', path, result: { mine: '/data' } };
    const settings = {
      GetOrder: { variable_rules, upstream: 'erp' },
      GetOrderBehindAWall: { variable_rules, upstream: 'walled' },
      GetOrderByRest: { variable_rules, upstream: 'rest', mapping },
      GetOrderFromNowhere: { variable_rules, upstream: 'down', mapping },
    };
    const operations = Object.entries(settings).map(([name, own]) => [
      name,
      { document: getOrder.replace('GetOrder', name), settings: own },
    ]);
    await publishBundle(this.gateway, 'orders', Object.fromEntries(operations));
  }
}

/** An origin where nothing listens any more. */
async function deserted(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
