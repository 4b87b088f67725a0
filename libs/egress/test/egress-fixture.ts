import type { RequestListener } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { DnsServer, FixedClock, Loopback } from '#libs/testing';
import {
  EgressClient,
  EgressPolicy,
  type EgressClientOptions,
  type SendResult,
} from '../src/index.js';

/** The address that the fixture's policy allows, and one beside it that it does not. */
export const ALLOWED = '127.0.0.1';
export const FORBIDDEN = '127.0.0.2';

type Options = Partial<EgressClientOptions>;

/** A client, a name server that knows `hook.example`, and whatever servers a test starts. */
export class EgressFixture {
  readonly clock = new FixedClock();
  readonly #clients: EgressClient[] = [];
  readonly #servers: Loopback[] = [];

  private constructor(readonly dns: DnsServer) {}

  static async start(): Promise<EgressFixture> {
    const fixture = new EgressFixture(await DnsServer.start());
    fixture.dns.answer('hook.example', [ALLOWED]);
    return fixture;
  }

  client(options: Options = {}): EgressClient {
    const client = new EgressClient({
      policy: new EgressPolicy({ allowHttp: true, allowCidrs: [`${ALLOWED}/32`] }),
      clock: this.clock,
      dnsServers: [this.dns.address],
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async listen(...args: Parameters<typeof Loopback.listen>): Promise<Loopback> {
    const server = await Loopback.listen(...args);
    this.#servers.push(server);
    return server;
  }

  http(listener: RequestListener): Promise<Loopback> {
    return this.listen(createHttpServer(listener));
  }

  /** A server that says what it likes. */
  tcp(onConnection: (socket: Socket) => void): Promise<Loopback> {
    return this.listen(createTcpServer(onConnection));
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server.close();
    for (const client of this.#clients) await client.close();
    await this.dns.close();
  }
}

/** POSTs a small body to a path of `hook.example`, or to a URL. */
export function post(
  client: EgressClient,
  to: Loopback | string,
  { headers = {}, poolKey = '' } = {},
): Promise<SendResult> {
  const url = typeof to === 'string' ? to : `http://hook.example:${to.port}/hook?a=1`;
  return client.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from('{"a":1}'),
    poolKey,
  });
}
