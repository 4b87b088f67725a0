import { createServer } from 'node:net';
import { SystemClock } from '#libs/foundation';
import { Loopback } from '#libs/testing';
import { backends } from '../backends.js';
import { WebhookFixture } from '../webhook-fixture.js';
import { isFull } from './chaos-run.js';

const blackHoles = isFull ? 300 : 60;
const backlog = isFull ? 100_000 : 3_000;
const healthyEvents = isFull ? 100 : 20;
/** Seconds mean something on a quiet machine alone; a lane that stands behind a black hole waits for its whole exchange. */
const besideBlackHolesMs = isFull ? 2_000 : 15_000;
const besideBacklogMs = isFull ? 1_000 : 15_000;

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

  it('[W14] a healthy one is served at once beside many that never answer', async () => {
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
      for (let n = 1; n <= healthyEvents; n++) {
        const publishedAt = performance.now();
        await fixture.publish(first.tenant.id);
        await receiver.received(n);
        latencies.push(performance.now() - publishedAt);
      }
      const p99Ms = latencies.sort((a, b) => a - b)[Math.ceil(latencies.length * 0.99) - 1] ?? NaN;
      tell({ blackHoles, healthyEvents, p99Ms: Math.round(p99Ms) });
      expect(p99Ms).toBeLessThan(besideBlackHolesMs);
    } finally {
      await hole.close();
    }
  });

  it('[W15] a tenant with one event does not wait for another’s backlog', async () => {
    const [busy, quiet] = [await fixture.receiver(), await fixture.receiver()];
    const [large, small] = [await fixture.createApp(), await fixture.createApp()];
    await fixture.createWebhook(large, busy.url);
    await fixture.createWebhook(small, quiet.url);
    await fixture.publish(large.tenant.id);
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
    const waitedMs = Math.round(performance.now() - publishedAt);
    tell({ backlog, deliveredOfIt: busy.requests.length, waitedMs });
    expect(waitedMs).toBeLessThan(besideBacklogMs);
    expect(busy.requests.length).toBeLessThan(backlog);
  });
});

function tell(figures: Readonly<Record<string, number>>): void {
  if (isFull)
    process.stderr.write(
      `${expect.getState().currentTestName ?? ''}\n        ${JSON.stringify(figures)}\n`,
    );
}
