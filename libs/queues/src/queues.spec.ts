import { createLogger } from '#libs/foundation';
import type { QueueBackend } from './queue-backend.js';
import { Queues, type WakeUp } from './queues.js';

type Added = { opts: { deduplication: { id: string } } }[];

const wakeUp = (key: string): WakeUp => ({ key, data: {}, priority: 1 });

function queuesOf(addBulk: (jobs: Added) => Promise<void>): Queues {
  const queue = { addBulk, on: () => queue };
  const backend = { isUp: true, createQueue: () => queue } as unknown as QueueBackend;
  return new Queues(backend, createLogger({ name: 'test', level: 'silent' }));
}

describe('Queues.wake', () => {
  const keys = Array.from({ length: 1_200 }, (_, n) => String(n * 7919).padStart(8, '0'));
  const shuffled = [...keys.slice(400), ...keys.slice(0, 400).reverse()];

  it('adds in one order and in chunks, however many there are', async () => {
    const chunks: string[][] = [];
    const queues = queuesOf((jobs) => {
      chunks.push(jobs.map(({ opts }) => opts.deduplication.id));
      return Promise.resolve();
    });
    await queues.wake('q', shuffled.map(wakeUp));
    expect(chunks.map(({ length }) => length)).toEqual([500, 500, 200]);
    expect(chunks.flat()).toEqual(keys);
  });

  it('adds the other chunks where one fails', async () => {
    let [calls, added] = [0, 0];
    const queues = queuesOf((jobs) => {
      if (++calls === 1) return Promise.reject(new Error('out of shared memory'));
      added += jobs.length;
      return Promise.resolve();
    });
    await queues.wake('q', shuffled.map(wakeUp));
    expect([calls, added]).toEqual([3, 700]);
  });
});

describe('Queues.schedule', () => {
  it('puts a scheduler where there is none, or one of another period', async () => {
    let every: number | undefined;
    const periods: number[] = [];
    const queue = {
      on: () => queue,
      getJobScheduler: () => Promise.resolve(every === undefined ? undefined : { every }),
      upsertJobScheduler: (_name: string, options: { every: number }) => {
        every = options.every;
        periods.push(every);
        return Promise.resolve();
      },
    };
    const backend = { isUp: true, createQueue: () => queue } as unknown as QueueBackend;
    const queues = new Queues(backend, createLogger({ name: 'test', level: 'silent' }));
    for (const period of [500, 500, 1_000, 1_000]) await queues.schedule('q', period);
    expect(periods).toEqual([500, 1_000]);
  });
});
