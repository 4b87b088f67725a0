import { Database } from '#libs/foundation';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

describe('a lane', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  /** Publishes an event. @returns the queue that its lane is woken in */
  const queueOfNext = async (): Promise<string | undefined> => {
    await fixture.database.execute('TRUNCATE bullmq.job, bullmq.dedup CASCADE');
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    const [job] = await fixture.app
      .get(Database)
      .query<{ queue: string }>(`SELECT queue FROM bullmq.job WHERE queue LIKE 'wh.lane%'`);
    return job?.queue;
  };

  it('[W14] moves among the slow ones while its endpoint takes seconds to answer, and back once it is fast', async () => {
    const receiver = await fixture.receiver();
    let tookMs = 3_000;
    receiver.answer = (_request, response) => {
      fixture.clock.advance(tookMs);
      response.writeHead(204).end();
    };
    await fixture.createWebhook(app, receiver.url);
    expect(await queueOfNext()).toBe('wh.lane');
    await fixture.deliverAll();
    await fixture.settled();
    expect(await queueOfNext()).toBe('wh.lane.slow');

    tookMs = 100;
    const queues: (string | undefined)[] = [];
    // 3,000 ms fade by 0.7 with each answer: the average is below one second with the fourth.
    for (let answer = 1; answer <= 4; answer++) {
      await fixture.deliverAll();
      await fixture.settled();
      queues.push(await queueOfNext());
    }
    expect(queues).toEqual(['wh.lane.slow', 'wh.lane.slow', 'wh.lane.slow', 'wh.lane']);
    expect(receiver.requests).toHaveLength(5);
  });

  it('[W14] moves among the slow ones while its endpoint is probed, and back with the probe that is answered', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = (_request, response) => {
      response.writeHead(503).end();
    };
    await fixture.createWebhook(app, receiver.url);
    for (let failure = 1; failure <= 10; failure++) {
      await fixture.publish(app.tenant.id);
      await fixture.deliverAll();
      await fixture.settled();
    }
    expect(await queueOfNext()).toBe('wh.lane.slow');
    receiver.answer = (_request, response) => {
      response.writeHead(204).end();
    };
    fixture.clock.advance(30_000);
    await fixture.deliverAll();
    await fixture.settled();
    expect(await queueOfNext()).toBe('wh.lane');
  });
});
