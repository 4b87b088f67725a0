import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { backends } from '../backends.js';
import { buildWorker } from '../worker-process.js';
import { ChaosRun, isFull } from './chaos-run.js';

const endpoints = 5;
const kills = isFull ? 20 : 4;
const eventsPerKill = isFull ? 200 : 40;
/** Longer than the lease of 25 seconds. */
const stoppedMs = isFull ? 90_000 : 27_000;

jest.setTimeout(isFull ? 600_000 : 150_000);

describe.each(backends)('workers that die, on BullMQ with %s', (_name, environment) => {
  let run: ChaosRun;

  beforeAll(() => buildWorker());
  beforeEach(async () => {
    run = await ChaosRun.start(environment);
  });
  afterEach(() => run.stop());

  it('[W1] [W5] [W6] [W7] [W8] lose nothing to kills, a flushed Redis, or a stop longer than the lease', async () => {
    const { receiver } = run;
    await run.subscribe(endpoints);
    // One endpoint refuses every tenth event for good: not delivered, and seen as such.
    receiver.answer = ({ path, body }, response) => {
      const { data } = JSON.parse(body.toString()) as { data: { n: number } };
      if (path.endsWith('/0') && data.n % 10 === 0)
        response.writeHead(400, { 'webhook-delivery': 'abort-message' }).end();
      else response.writeHead(204).end();
    };
    // Nobody is there to hear of the first events: only the tick can find them.
    await run.publish(10);
    const stopped = await run.startWorker();
    await receiver.received(1);
    await run.publish(20);
    stopped.signal('SIGSTOP');
    const stoppedAt = performance.now();
    for (let kill = 0; kill < kills; kill++) {
      const worker = await run.startWorker();
      const seen = receiver.requests.length;
      await run.publish(eventsPerKill);
      await receiver.received(seen + 10);
      await worker.end('SIGKILL');
      if (environment.REDIS_URL !== undefined && kill === 1) await flush(environment.REDIS_URL);
    }
    await run.startWorker();
    await delay(Math.max(0, stoppedMs - (performance.now() - stoppedAt)));
    stopped.signal('SIGCONT');
    await run.settled();

    const { published, delivered, visiblyNotDelivered, duplicates } = await run.ledger(endpoints);
    expect(published).toBe((30 + kills * eventsPerKill) * endpoints);
    expect(visiblyNotDelivered).toBe((30 + kills * eventsPerKill) / 10);
    expect(delivered + visiblyNotDelivered).toBe(published);
    // At most what was on the wire or not yet recorded when a worker died: eight each.
    expect(duplicates).toBeLessThanOrEqual((kills + 1) * endpoints * 8 * 2);
  });

  it('[W9] finish what is on the wire when they are asked to stop: one request, recorded', async () => {
    const { receiver, fixture, app } = run;
    const id = await fixture.createWebhook(app, receiver.url);
    const worker = await run.startWorker();
    const stopped = new Promise<number | null>((resolve, reject) => {
      receiver.answer = (_request, response) => {
        worker.end('SIGTERM').then(resolve, reject);
        setTimeout(() => response.writeHead(204).end(), isFull ? 10_000 : 1_500);
      };
    });
    await run.publish(1);
    expect(await stopped).toBe(0);
    expect(receiver.requests).toHaveLength(1);
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'succeeded',
      attempts: 1,
    });
  });

  it('[W13] send a new event at once while an older one waits for its retry', async () => {
    const { receiver } = run;
    // An hour, of this delivery alone: whoever let it delay its endpoint's wake-ups would send nothing for so long.
    receiver.answer = ({ number }, response) => {
      if (number === 1) response.writeHead(500, { 'retry-after': '3600' }).end();
      else response.writeHead(204).end();
    };
    await run.subscribe(1);
    await run.startWorker();
    const [first] = await run.publish(1);
    await receiver.received(1);
    const [second] = await run.publish(1);
    await receiver.received(2);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([first, second]);
  });
});

/** Everything in Redis, where this is the only suite; else what is in this suite's database there. */
async function flush(url: string): Promise<void> {
  const redis = new Redis(url);
  await (isFull ? redis.flushall() : redis.flushdb());
  redis.disconnect();
}
