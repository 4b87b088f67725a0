import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { RateLimiter } from '#libs/guards';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const check = { query: documents.get('ConnectionCheck') };
/** 102 points. */
const expensive = { query: documents.get('ListIncidents'), variables: { first: 100 } };
const REDIS_URL = process.env['REDIS_URL'];

/** The way to Redis, which a test can cut and mend. */
class RedisRoute {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(private readonly server: Server) {}

  static async open(redisUrl: string): Promise<RedisRoute> {
    const { hostname, port } = new URL(redisUrl);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const route = new RedisRoute(server);
    server.on('connection', (socket) => {
      if (route.isCut) return void socket.destroy();
      const upstream = connect(Number(port || 6379), hostname);
      for (const end of [socket, upstream]) {
        route.sockets.add(end);
        end.on('error', () => undefined);
        end.on('close', () => [socket, upstream].forEach((one) => one.destroy()));
      }
      socket.pipe(upstream).pipe(socket);
    });
    return route;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}

async function grantAll(gateway: GatewayApp, cost = {}): Promise<Partner> {
  const partner = await gateway.createPartner(['incidents:read']);
  await gateway.grant(partner, 'connection-check');
  await gateway.grant(partner, 'incident-lifecycle', cost);
  return partner;
}

describe('limits without their Redis', () => {
  let gateway: GatewayApp;
  beforeAll(async () => {
    // Nothing speaks Redis on port 1.
    const gatewayEnvironment = { REDIS_URL: 'redis://127.0.0.1:1' };
    gateway = await GatewayApp.start({ gatewayEnvironment });
  });
  afterAll(() => gateway.stop());

  it('are counted by the instance, which says so once a second at most', async () => {
    const partner = await grantAll(gateway, { costBurst: 103, costPerSecond: 1 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) {
      statuses.push((await gateway.call(partner, expensive)).status);
    }
    expect(statuses).toEqual([200, 429, 429]);
    const warnings = (): number =>
      gateway.log().split('rate limits are counted per instance').length - 1;
    expect(warnings()).toBe(1);
    gateway.clock.advance(1_000);
    expect((await gateway.call(partner, check)).status).toBe(200);
    expect(warnings()).toBe(2);
  });
});

if (REDIS_URL) {
  describe('limits in Redis', () => {
    let route: RedisRoute;
    let one: GatewayApp;
    let two: GatewayApp;
    beforeAll(async () => {
      route = await RedisRoute.open(REDIS_URL);
      // Redis counts by its own clock: the rates are so low that nothing comes back while a test runs.
      const gatewayEnvironment = {
        REDIS_URL: route.url,
        REDIS_KEY_PREFIX: `test-${process.pid}`,
        RATE_LIMIT_SCALE: '0.01',
      };
      one = await GatewayApp.start({ gatewayEnvironment });
      two = await one.startPeer(gatewayEnvironment);
    });
    afterAll(async () => {
      await two.stopGateway();
      await one.stop();
      route.close();
    });

    const own = { costBurst: 10_300, costPerSecond: 1 };
    async function partnerOfBoth(cost = {}): Promise<Partner> {
      const partner = await grantAll(one, cost);
      await two.refresh();
      return partner;
    }

    it('are one bucket of points for all instances', async () => {
      const partner = await partnerOfBoth(own);
      const first = await one.call(partner, expensive);
      expect([first.status, first.headers['ratelimit']]).toEqual([
        200,
        expect.stringContaining('"cost";r=1;'),
      ]);
      const second = await two.call(partner, expensive);
      expect([second.status, second.body.errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
      expect(Number(second.headers['retry-after'])).toBeGreaterThan(1_000);
      const other = await partnerOfBoth(own);
      expect((await two.call(other, expensive)).status).toBe(200);
    });

    it('admit no more than the bucket holds, however many ask at once', async () => {
      const partner = await partnerOfBoth({ costBurst: 31_000, costPerSecond: 1 });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, call) => (call % 2 ? one : two).call(partner, expensive)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    });

    it('are one bucket of refused requests for all instances', async () => {
      const partner = await partnerOfBoth();
      expect((await one.call(partner, { documentId: 'sha256:0' })).status).toBe(403);
      const refused = await two.call(partner, check);
      expect(refused.status).toBe(429);
      expect(refused.headers['ratelimit-policy']).toBe('"rejected";q=1;w=50');
    });

    it('go on in each instance while Redis is away, and are shared again when it is back', async () => {
      const partner = await partnerOfBoth(own);
      route.cut();
      expect((await one.call(partner, expensive)).status).toBe(200);
      expect((await two.call(partner, expensive)).status).toBe(200);
      expect((await one.call(partner, expensive)).status).toBe(429);
      expect(one.log()).toContain('rate limits are counted per instance: Redis is away');
      route.mend();
      const limit = { name: 'probe', burst: 2, perSecond: 0.001 };
      const [mine, theirs] = [one, two].map((gateway) => gateway.get(RateLimiter));
      for (let attempt = 0; ; attempt += 1) {
        // The pause after a failure is over; ioredis connects again in its own time.
        one.clock.advance(1_000);
        const key = `probe ${partner.clientId} ${attempt}`;
        await mine?.take(key, limit);
        if ((await theirs?.peek(key, limit))?.remaining === 1) break;
        await once(AbortSignal.timeout(20), 'abort');
      }
    });
  });
}
