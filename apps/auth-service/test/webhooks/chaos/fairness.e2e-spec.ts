import { createServer } from 'node:net';
import { encodeId } from '#libs/foundation';
import { Loopback } from '#libs/testing';
import { backends } from '../backends.js';
import { ChaosRun, isFull, tell } from './chaos-run.js';

const blackHoles = isFull ? 300 : 60;
const backlog = isFull ? 100_000 : 3_000;
const healthyEvents = isFull ? 300 : 20;
/** Seconds mean something on a quiet machine alone; a lane that stands behind a black hole waits for its whole exchange. */
const besideBlackHolesMs = isFull ? 2_000 : 15_000;
const besideBacklogMs = isFull ? 1_000 : 15_000;

jest.setTimeout(isFull ? 900_000 : 120_000);

describe.each(backends)('endpoints side by side, on BullMQ with %s', (_name, environment) => {
  let run: ChaosRun;

  beforeEach(async () => {
    run = await ChaosRun.start({ ...environment, WORKER_ROLE: 'all' });
  });

  afterEach(() => run.stop());

  it('[W14] a healthy one is served at once beside many that never answer', async () => {
    const { fixture, app, receiver } = run;
    const hole = await Loopback.listen(createServer());
    try {
      const apps = [];
      for (let n = 0; n < blackHoles / 20; n++) {
        const owner = await fixture.createApp(app.tenant);
        apps.push(owner.id);
        await Promise.all(
          Array.from({ length: 20 }, (_, m) =>
            fixture.createWebhook(owner, `http://127.0.0.1:${hole.port}/${n}/${m}`),
          ),
        );
      }
      await run.subscribe(1);
      const latencies: number[] = [];
      for (let n = 1; n <= healthyEvents; n++) {
        const publishedAt = performance.now();
        await run.publish(1);
        await receiver.received(n);
        latencies.push(performance.now() - publishedAt);
      }
      const p99Ms = latencies.sort((a, b) => a - b)[Math.ceil(latencies.length * 0.99) - 1] ?? NaN;
      tell({ blackHoles, healthyEvents, p99Ms: Math.round(p99Ms) });
      expect(p99Ms).toBeLessThan(besideBlackHolesMs);

      await run.relayed();
      for (const id of apps) await app.tenant.admin.delete(`/v1/platform/apps/${id}`);
      await run.settled();
      expect(await run.ledger(blackHoles + 1)).toEqual({
        published: healthyEvents * (blackHoles + 1),
        delivered: healthyEvents,
        visiblyNotDelivered: healthyEvents * blackHoles,
        duplicates: 0,
      });
    } finally {
      await hole.close();
    }
  });

  it('[W15] a tenant with one event does not wait for another’s backlog', async () => {
    const { fixture, app, receiver: busy } = run;
    const quiet = await fixture.receiver();
    const small = await fixture.createApp();
    await run.subscribe(1);
    await fixture.createWebhook(small, quiet.url);
    await run.publish(1);
    await busy.received(1);
    // As many more like it, each with an id of its own.
    const rows = await fixture.database.query<{ id: string }>(
      `INSERT INTO event_outbox (id, tenant_id, producer, type, occurred_at, created_at, body)
       SELECT (left(id::text, 15) || lpad(to_hex(n % 4096), 3, '0') || '-8' || left(md5(n::text), 3) || '-'
           || substr(md5(n::text), 4, 12))::uuid,
         tenant_id, 'test', type, occurred_at, $2, body
       FROM event, generate_series(1, $1::int) AS n RETURNING id`,
      [backlog, new Date()],
    );
    run.acknowledge(rows.map(({ id }) => encodeId('evt', id)));
    await busy.received(50);
    const publishedAt = performance.now();
    await run.publish(1, small.tenant.id);
    await quiet.received(1);
    const waitedMs = Math.round(performance.now() - publishedAt);
    tell({ backlog, deliveredOfIt: busy.requests.length, waitedMs });
    expect(waitedMs).toBeLessThan(besideBacklogMs);
    expect(busy.requests.length).toBeLessThan(backlog);

    await run.relayed();
    await app.tenant.admin.delete(`/v1/platform/apps/${app.id}`);
    await run.settled();
    const { published, delivered, visiblyNotDelivered } = await run.ledger(1);
    expect([published, delivered + visiblyNotDelivered]).toEqual([backlog + 2, backlog + 2]);
  });
});
