import { LaneQueue } from '../../src/modules/webhooks/worker/lane-queue.js';
import { Relay } from '../../src/modules/webhooks/worker/relay.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('the tick', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let webhookId: string;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    const receiver = await fixture.receiver();
    webhookId = await fixture.createWebhook(app, receiver.url);
    await fixture.publish(app.tenant.id);
    await fixture.relay();
  });

  afterEach(() => fixture.stop());

  /** Resolves when the webhook's lane is woken. */
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      const turn = { wake: resolve, end: resolve };
      fixture.app.get(LaneQueue).enter(uuidOf(webhookId), app.tenant.id, turn);
    });
  const rename = (table: string, to: string): Promise<number> =>
    fixture.database.execute(`ALTER TABLE ${table} RENAME TO ${to}`);

  it('wakes what is due although events are published without a pause', async () => {
    const relay = fixture.app.get(Relay);
    let [rounds, isOver] = [0, false];
    // Each round of the relay finds the notice of an event that came meanwhile.
    const publishing = (async () => {
      while (!isOver) {
        rounds++;
        const round = relay.runOnce();
        relay.wake();
        await Promise.race([round, new Promise(setImmediate)]);
      }
    })();
    const lane = woken();
    await fixture.tick();
    await lane;
    isOver = true;
    await publishing;
    expect(rounds).toBeGreaterThan(1);
  });

  it.each(['event_outbox', 'webhook_attempt', 'webhook_recovery'])(
    'does the rest where a step fails: without %s',
    async (table) => {
      await rename(table, 'gone');
      const lane = woken();
      await fixture.tick();
      await lane;
      await rename('gone', table);
    },
  );

  it('is not held up by a relay that is stopped, and the relay is not by the events that still come', async () => {
    const relay = fixture.app.get(Relay);
    relay.wake();
    await relay.stop();
    await fixture.publish(app.tenant.id);
    relay.wake();
    await fixture.tick();
    expect(await fixture.database.query('SELECT FROM event_outbox')).toHaveLength(1);
  });
});
