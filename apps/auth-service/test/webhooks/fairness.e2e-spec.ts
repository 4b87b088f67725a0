import { createServer } from 'node:net';
import { SystemClock } from '#libs/foundation';
import { Loopback } from '#libs/testing';
import { backends } from './backends.js';
import { WebhookFixture } from './webhook-fixture.js';

const isFull = process.env['CHAOS'] === 'full';
const blackHoles = isFull ? 300 : 60;
const backlog = isFull ? 100_000 : 3_000;

jest.setTimeout(isFull ? 900_000 : 120_000);

describe.each(backends)('endpoints side by side, on BullMQ with %s', (_name, environment) => {
  let fixture: WebhookFixture;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({
      clock: new SystemClock(),
      environment: { RATE_LIMIT_SCALE: '0', WORKER_ROLE: 'all', ...environment },
    });
  });

  afterEach(() => fixture.stop());

  it('[W14] a healthy one is served within two seconds beside many that never answer', async () => {
    const hole = await Loopback.listen(createServer());
    try {
      const receiver = await fixture.receiver();
      const first = await fixture.createApp();
      for (let n = 0; n < blackHoles / 20; n++) {
        const app = n === 0 ? first : await fixture.createApp(first.tenant);
        await Promise.all(
          Array.from({ length: 20 }, (_, m) =>
            fixture.createWebhook(app, `http://127.0.0.1:${hole.port}/${n}/${m}`),
          ),
        );
      }
      const healthy = await fixture.createApp(first.tenant);
      await fixture.createWebhook(healthy, receiver.url);
      const latencies: number[] = [];
      for (let n = 1; n <= 20; n++) {
        const publishedAt = performance.now();
        await fixture.publish(first.tenant.id);
        await receiver.received(n);
        latencies.push(performance.now() - publishedAt);
      }
      expect(Math.max(...latencies)).toBeLessThan(2_000);
    } finally {
      await hole.close();
    }
  });

  it('[W15] a tenant with one event does not wait for another’s backlog', async () => {
    const [busy, quiet] = [await fixture.receiver(), await fixture.receiver()];
    const [large, small] = [await fixture.createApp(), await fixture.createApp()];
    await fixture.createWebhook(large, busy.url);
    await fixture.createWebhook(small, quiet.url);
    const { body } = await fixture.publish(large.tenant.id);
    await busy.received(1);
    await fixture.database.execute(
      `INSERT INTO event_outbox (id, tenant_id, producer, type, occurred_at, created_at, body)
       SELECT gen_random_uuid_v7(n), tenant_id, 'test', type, occurred_at, $2, body
       FROM event, generate_series(1, $1::int) AS n`.replace(
        'gen_random_uuid_v7(n)',
        `(substr(id::text, 1, 15) || lpad(to_hex(n % 4096), 3, '0') || '-8' || substr(md5(n::text), 1, 3) || '-' || substr(md5(n::text), 4, 12))::uuid`,
      ),
      [backlog, new Date()],
    );
    await busy.received(50);
    const publishedAt = performance.now();
    await fixture.publish(small.tenant.id);
    await quiet.received(1);
    expect(performance.now() - publishedAt).toBeLessThan(1_000);
    expect(busy.requests.length).toBeLessThan(backlog);
    expect(body.id).toBeDefined();
  });
});
