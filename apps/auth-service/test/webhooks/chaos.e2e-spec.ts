import { Redis } from 'ioredis';
import { SystemClock } from '#libs/foundation';
import { status } from '#libs/testing';
import { backends } from './backends.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';
import { buildWorker, WorkerProcess } from './worker-process.js';

/** `npm run chaos` runs the full size. */
const isFull = process.env['CHAOS'] === 'full';
const kills = isFull ? 20 : 4;
const eventsPerKill = isFull ? 200 : 40;
const stoppedMs = isFull ? 90_000 : 27_000;

jest.setTimeout(isFull ? 600_000 : 150_000);

describe.each(backends)('workers that die, on BullMQ with %s', (_name, environment) => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  const workers: WorkerProcess[] = [];

  beforeAll(() => buildWorker());

  beforeEach(async () => {
    fixture = await WebhookFixture.start({
      clock: new SystemClock(),
      environment: { RATE_LIMIT_SCALE: '0', WORKER_ROLE: 'api', ...environment },
    });
    app = await fixture.createApp();
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
    await fixture.stop();
  });

  const startWorker = async (): Promise<WorkerProcess> => {
    const worker = await WorkerProcess.start({ ...fixture.app.environment, WORKER_ROLE: 'worker' });
    workers.push(worker);
    return worker;
  };
  const publish = async (count: number): Promise<string[]> => {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) => fixture.publish(app.tenant.id, { data: { n } })),
    );
    return answers.map(({ body }) => String(body.id));
  };
  const openRows = async (): Promise<number> => {
    const [row] = await fixture.database.query<{ n: string }>(
      `SELECT (SELECT count(*) FROM webhook_pending) + (SELECT count(*) FROM event_outbox) AS n`,
    );
    return Number(row?.n);
  };

  it('[W1] [W5] [W6] [W7] [W8] lose nothing to kills, a flushed Redis, or a stop longer than the lease', async () => {
    const receiver = await fixture.receiver();
    const webhooks = [];
    for (let n = 0; n < 5; n++)
      webhooks.push(await fixture.createWebhook(app, `${receiver.url}/${n}`));
    // Nobody is there to hear of the first events: only the tick can find them.
    const published = await publish(10);
    const stopped = await startWorker();
    await receiver.received(1);
    published.push(...(await publish(20)));
    stopped.signal('SIGSTOP');
    const stoppedAt = performance.now();
    for (let kill = 0; kill < kills; kill++) {
      const worker = await startWorker();
      const seen = receiver.requests.length;
      published.push(...(await publish(eventsPerKill)));
      await receiver.received(seen + 10);
      await worker.end('SIGKILL');
      if (environment.REDIS_URL !== undefined && kill === 1) {
        const redis = new Redis(environment.REDIS_URL);
        await redis.flushall();
        redis.disconnect();
      }
    }
    await startWorker();
    while (performance.now() - stoppedAt < stoppedMs) await openRows();
    stopped.signal('SIGCONT');
    while ((await openRows()) > 0);

    // The ledger: what was published, each to each webhook, is what arrived and is recorded as such.
    const arrived = new Set(
      receiver.requests.map(({ path, headers }) => `${path} ${String(headers['webhook-id'])}`),
    );
    expect(arrived.size).toBe(published.length * webhooks.length);
    const rows = await fixture.database.query<{ status: number; n: string }>(
      'SELECT status, count(*) AS n FROM webhook_delivery GROUP BY status',
    );
    expect(rows).toEqual([{ status: 2, n: String(published.length * webhooks.length) }]);
    const duplicates = receiver.requests.length - arrived.size;
    // At most what was on the wire or not yet recorded when a worker died: five endpoints, eight each.
    expect(duplicates).toBeLessThanOrEqual((kills + 1) * 5 * 8 * 2);
  });

  it('[W9] finish what is on the wire when they are asked to stop: one request, recorded', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = () => undefined;
    const answered = new Promise<void>((resolve) => {
      receiver.answer = (_request, response) => {
        void worker.then((running) => {
          const ended = running.end('SIGTERM');
          setTimeout(() => response.writeHead(204).end(), isFull ? 10_000 : 1_500);
          void ended.then(() => resolve());
        });
      };
    });
    const id = await fixture.createWebhook(app, receiver.url);
    const worker = startWorker();
    await worker;
    await publish(1);
    await answered;
    expect(receiver.requests).toHaveLength(1);
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'succeeded',
      attempts: 1,
    });
  });

  it('[W13] send a new event at once while an older one waits for its retry', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number === 1 ? 500 : 204).end();
    };
    await fixture.createWebhook(app, receiver.url);
    await startWorker();
    const [first] = await publish(1);
    await receiver.received(1);
    const [second] = await publish(1);
    await receiver.received(3);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([
      first,
      second,
      first,
    ]);
  });
});

describe('a relay that dies', () => {
  it('[W4] in the middle of a fan-out to 500 endpoints leaves exactly 500 deliveries in the end', async () => {
    const fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    try {
      const receiver = await fixture.receiver();
      receiver.answer = status(204);
      const first = await fixture.createApp();
      for (let n = 0; n < 25; n++) {
        const app = n === 0 ? first : await fixture.createApp(first.tenant);
        await Promise.all(
          Array.from({ length: 20 }, () => fixture.createWebhook(app, receiver.url)),
        );
      }
      await fixture.publish(first.tenant.id);
      // The connection is cut at the 250th row, once: what a kill looks like from the database.
      await fixture.database.execute('CREATE SEQUENCE fan_out_row');
      await fixture.database.execute(`
        CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF nextval('fan_out_row') = 250 THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); END IF;
          RETURN NEW; END $$`);
      await fixture.database.execute(
        'CREATE TRIGGER cut BEFORE INSERT ON webhook_delivery FOR EACH ROW EXECUTE FUNCTION cut()',
      );
      await expect(fixture.relay()).rejects.toThrow();
      expect(await fixture.database.query('SELECT FROM webhook_delivery')).toHaveLength(0);
      await fixture.relay();
      expect(await fixture.database.query('SELECT FROM webhook_delivery')).toHaveLength(500);
      expect(await fixture.database.query('SELECT FROM webhook_pending')).toHaveLength(500);
    } finally {
      await fixture.stop();
    }
  });
});
