import type { ServerResponse } from 'node:http';
import { InFlight } from '../../src/modules/webhooks/worker/in-flight.js';
import { LaneQueue } from '../../src/modules/webhooks/worker/lane-queue.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('a tenant whose share of the requests under way is used up', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  /** Takes every place that the tenant has left. @returns what gives them back */
  const fill = (): (() => Promise<void>) => {
    const inFlight = fixture.app.get(InFlight);
    let settle = (): void => undefined;
    const work = new Promise<void>((resolve) => (settle = resolve));
    const place = { id: 'other', url: '', tenant_id: app.tenant.id };
    const left = inFlight.roomOfTenant({ ...place, slow: false });
    const tracked = Array.from({ length: left }, () => inFlight.track(place, work));
    return async () => {
      settle();
      await Promise.all(tracked);
    };
  };
  /** @returns how many lanes the tick wakes */
  const wokenByTick = async (): Promise<number> => {
    await fixture.database.execute('TRUNCATE bullmq.job, bullmq.dedup CASCADE');
    await fixture.tick();
    const jobs = await fixture.database.query(`SELECT FROM bullmq.job WHERE queue = 'wh.lane'`);
    return jobs.length;
  };

  it('[W14] has its lanes back with the next tick, also one with a request that hangs', async () => {
    const receiver = await fixture.receiver();
    let held: ServerResponse | undefined;
    receiver.answer = ({ number }, response) => {
      if (number === 2) held = response;
      else response.writeHead(204).end();
    };
    const webhookId = await fixture.createWebhook(app, receiver.url);
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    // Answered once: two places, of which the request that hangs takes one.
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    const first = fixture.lane(webhookId);
    await receiver.received(2);
    fixture.app.get(LaneQueue).endTurn(uuidOf(webhookId));
    await first;

    const empty = fill();
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    await fixture.lane(webhookId);
    expect(await wokenByTick()).toBe(0);
    await empty();
    expect(await wokenByTick()).toBe(1);
    await fixture.lane(webhookId);
    expect(receiver.requests).toHaveLength(3);
    held?.writeHead(204).end();
    await fixture.settled();
  });
});
