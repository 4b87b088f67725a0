import type { Queues, WakeUp } from '#libs/queues';
import { InFlight } from './in-flight.js';
import { LaneQueue } from './lane-queue.js';

const never = new Promise<void>(() => undefined);
const lane = { webhookId: 'w', tenantId: 't', slow: false };
const place = { id: 'w', url: 'https://w.example/', tenant_id: 't' };

describe('LaneQueue.wake', () => {
  let jobs: string[];
  let queues: string[];
  let inFlight: InFlight;
  let lanes: LaneQueue;

  beforeEach(() => {
    [jobs, queues] = [[], []];
    const wake = (queue: string, wakeUps: readonly WakeUp[]): Promise<void> => {
      if (wakeUps.length > 0) queues.push(queue);
      jobs.push(...wakeUps.map(({ key }) => key));
      return Promise.resolve();
    };
    inFlight = new InFlight(4, 0.5);
    lanes = new LaneQueue({ wake } as Queues, inFlight);
  });

  it('[W14] has no job for a lane whose places are all taken, until one is free', async () => {
    let settle = (): void => undefined;
    const request = inFlight.track(place, new Promise<void>((resolve) => (settle = resolve)));
    const woken = new Promise<number>((resolve) => {
      inFlight.onceSettled(place, () => {
        void lanes.wake([lane]).then(resolve);
      });
    });
    expect(await lanes.wake([lane, { ...lane, webhookId: 'other' }])).toBe(1);
    expect(jobs).toEqual(['other']);
    settle();
    await request;
    await woken;
    expect(jobs).toEqual(['other', 'w']);
  });

  it('has a job for a lane whose webhook was changed meanwhile, though its places are taken', async () => {
    void inFlight.track(place, never);
    inFlight.onceSettled(place, () => undefined);
    lanes.endTurn('w');
    await lanes.wake([lane]);
    expect(jobs).toEqual(['w']);
  });

  it('has no job for the lanes of a tenant whose share is used up', async () => {
    void inFlight.track({ ...place, id: 'a' }, never);
    void inFlight.track({ ...place, id: 'b' }, never);
    await lanes.wake([lane, { ...lane, webhookId: 'x', tenantId: 'other' }]);
    expect(jobs).toEqual(['x']);
  });

  it('has a queue of their own for slow lanes', async () => {
    await lanes.wake([lane, { ...lane, webhookId: 'slow', slow: true }]);
    expect(queues).toEqual(['wh.lane', 'wh.lane.slow']);
    expect(jobs).toEqual(['w', 'slow']);
  });

  it('has a lane at work look again instead of a job', async () => {
    let wakes = 0;
    const leave = lanes.enter('w', 't', { wake: () => wakes++, outdate: () => undefined });
    await lanes.wake([lane]);
    expect([wakes, jobs]).toEqual([1, []]);
    leave();
    await lanes.wake([lane]);
    expect([wakes, jobs]).toEqual([1, ['w']]);
  });
});
