import { AttemptRecorder } from '../../src/modules/webhooks/worker/attempt-recorder.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('recording', () => {
  let fixture: WebhookFixture;
  let apps: [AppUnderTest, AppUnderTest];

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    apps = [await fixture.createApp(), await fixture.createApp()];
  });

  afterEach(() => fixture.stop());

  /** While `work` runs, another session holds the webhook's pending rows, as one that cancels them does. */
  const whileLocked = (webhookId: string, work: () => Promise<void>): Promise<void> =>
    fixture.database.transaction(async (transaction) => {
      await transaction.query('SELECT FROM webhook_pending WHERE webhook_id = $1 FOR UPDATE', [
        uuidOf(webhookId),
      ]);
      await work();
    });

  it('waits for nobody’s locks: another tenant’s result is recorded, the held one after its release', async () => {
    const [held, free] = [await fixture.receiver(), await fixture.receiver()];
    const [first, second] = apps;
    const heldId = await fixture.createWebhook(first, held.url);
    const freeId = await fixture.createWebhook(second, free.url);
    let release: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      held.answer = (_request, response) => {
        resolve();
        release = () => response.writeHead(204).end();
      };
    });
    await fixture.publish(first.tenant.id);
    await fixture.relay();
    const lane = fixture.lane(heldId);
    await arrived;
    await whileLocked(heldId, async () => {
      release();
      await fixture.publish(second.tenant.id);
      await fixture.relay();
      // Not until all is recorded, for that is what the lock is in the way of.
      void fixture.lane(freeId);
      while ((await fixture.deliveries(second, freeId))[0]?.status !== 'succeeded');
      expect((await fixture.deliveries(first, heldId))[0]?.status).toBe('delivering');
    });
    await lane;
    await fixture.settled();
    expect((await fixture.deliveries(first, heldId))[0]).toMatchObject({
      status: 'succeeded',
      attempts: 1,
    });
    await fixture.deliverAll();
    expect([held.requests.length, free.requests.length]).toEqual([1, 1]);
  });

  it('gives up a result whose row was taken away by whoever had it locked', async () => {
    const receiver = await fixture.receiver();
    const [app] = apps;
    const id = await fixture.createWebhook(app, receiver.url);
    let release: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      receiver.answer = (_request, response) => {
        resolve();
        release = () => response.writeHead(204).end();
      };
    });
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    const lane = fixture.lane(id);
    await arrived;
    await fixture.database.transaction(async (transaction) => {
      await transaction.execute('DELETE FROM webhook_pending');
      release();
      const recorder = fixture.app.get(AttemptRecorder);
      while (recorder.waitingCount === 0) await new Promise(setImmediate);
    });
    await lane;
    await fixture.settled();
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({ status: 'queued', attempts: 0 });
  });
});
