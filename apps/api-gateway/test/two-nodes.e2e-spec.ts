import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { Database, Notifications } from '#libs/foundation';
import { revoke } from '#libs/guards';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { BundleVersions, GrantsService } from '../../auth-service/src/modules/bundles/index.js';
import { cliAdministrator } from '../../auth-service/src/modules/ops/cli/run-cli.js';
import { SnapshotStore } from '../src/modules/bundles/index.js';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const query = documents.get('ConnectionCheck');
const name = { bundle: 'connection-check', version: '1.0.0' };
const by = cliAdministrator();

/** One kept-alive connection to one node. */
class Connection {
  /** Its own ports: one, as long as it is the same connection. */
  readonly ports = new Set<number | undefined>();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly node: GatewayApp,
    private readonly partner: Partner,
  ) {}

  async ask(): Promise<{ status: number | undefined; headers: IncomingHttpHeaders }> {
    const call = request(`${this.node.public.baseUrl}/graphql`, {
      agent: this.agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.partner.token}`,
        'x-tenant-id': this.partner.tenant.id,
        'content-type': 'application/json',
      },
    });
    call.end(JSON.stringify({ query }));
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    this.ports.add(response.socket.localPort);
    response.resume();
    await once(response, 'end');
    return { status: response.statusCode, headers: response.headers };
  }

  async status(): Promise<number | undefined> {
    return (await this.ask()).status;
  }

  /** Asks again until the answer has this status. */
  async until(status: number): Promise<void> {
    while ((await this.status()) !== status) await once(AbortSignal.timeout(20), 'abort');
  }

  close(): void {
    this.agent.destroy();
  }
}

describe('a change of what may run, on two nodes', () => {
  let gateway: GatewayApp;
  /** Hears no notice: it finds changes by looking. */
  let deaf: GatewayApp;
  let partner: Partner;
  let connections: Connection[];
  beforeEach(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    const subscribe = jest
      .spyOn(Notifications.prototype, 'subscribe')
      .mockResolvedValue(() => undefined);
    deaf = await gateway.startPeer({ RATE_LIMIT_SCALE: '0' });
    subscribe.mockRestore();
    partner = await gateway.createPartner();
    connections = [gateway, deaf].map((node) => new Connection(node, partner));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const connection of connections) connection.close();
    await deaf.stopGateway();
    await gateway.stop();
  });

  const statuses = async (): Promise<(number | undefined)[]> =>
    Promise.all(connections.map((connection) => connection.status()));
  async function hold(more?: Parameters<GatewayApp['grant']>[2]): Promise<string> {
    const id = await gateway.grant(partner, 'connection-check', more);
    await deaf.refresh();
    // The token is known to both from now on.
    expect(await statuses()).toEqual([200, 200]);
    return id;
  }

  it('[G15] is felt by both within five seconds, on connections that stay open and with known tokens', async () => {
    await hold();
    const startedAt = performance.now();
    await gateway.auth.get(BundleVersions).deprecate(by, name, new Date('2027-01-01T00:00:00Z'));
    for (const connection of connections) {
      while (!(await connection.ask()).headers['deprecation'])
        await once(AbortSignal.timeout(20), 'abort');
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const retiredAt = performance.now();
    await gateway.auth.get(BundleVersions).retire(by, name);
    await Promise.all(connections.map((connection) => connection.until(403)));
    expect(performance.now() - retiredAt).toBeLessThan(5_000);
    for (const connection of connections) {
      expect((await connection.ask()).headers).not.toHaveProperty('deprecation');
      expect(connection.ports.size).toBe(1);
    }
  });

  it('[G15] a revoked grant is felt by both within five seconds', async () => {
    const id = await hold();
    const startedAt = performance.now();
    await gateway.auth.get(GrantsService).change(by, id, 'revoke');
    await Promise.all(connections.map((connection) => connection.until(403)));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it.each(['token', 'app', 'key'] as const)(
    'a revoked %s is felt by both within five seconds, on connections that stay open and with known tokens',
    async (kind) => {
      await hold();
      const subjects = {
        token: String(decodeJwt(partner.token).jti),
        app: partner.clientId,
        key: String(decodeProtectedHeader(partner.token).kid),
      };
      const nowMs = gateway.clock.now();
      const startedAt = performance.now();
      await revoke(gateway.auth.get(Database), {
        kind,
        subject: subjects[kind],
        notBeforeMs: nowMs + 60_000,
        expiresAtMs: nowMs + 86_400_000,
      });
      await Promise.all(connections.map((connection) => connection.until(401)));
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(connections.map(({ ports }) => ports.size)).toEqual([1, 1]);
    },
  );

  it('[G16] a grant ends at valid_until on both, though neither can read the registry', async () => {
    await hold({ validUntil: new Date(gateway.clock.now() + 10_000) });
    for (const node of [gateway, deaf]) {
      node.loseRegistry();
      await node.get(SnapshotStore).refresh();
    }
    gateway.clock.advance(9_999);
    expect(await statuses()).toEqual([200, 200]);
    gateway.clock.advance(1);
    expect(await statuses()).toEqual([403, 403]);
    expect(connections.map(({ ports }) => ports.size)).toEqual([1, 1]);
  });
});
