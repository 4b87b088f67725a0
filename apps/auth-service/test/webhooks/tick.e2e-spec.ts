import { LaneQueue } from '../../src/modules/webhooks/worker/lane-queue.js';
import { Relay } from '../../src/modules/webhooks/worker/relay.js';
import { findDueLanes } from '../../src/modules/webhooks/worker/sweep.query.js';
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
      const turn = { wake: resolve, outdate: resolve };
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

  /** The webhook and its delivery so many times over, each with an id of its own. */
  const multiply = async (times: number): Promise<void> => {
    await fixture.database.execute(
      `INSERT INTO webhook (id, tenant_id, app_id, url, created_at, updated_at)
       SELECT md5('w' || n)::uuid, tenant_id, app_id, url, created_at, updated_at FROM webhook, generate_series(1, $1::int) n`,
      [times],
    );
    await fixture.database.execute(
      `INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
       SELECT md5('d' || n)::uuid, md5('w' || n)::uuid, tenant_id, event_id, due_at, first_queued_at
       FROM webhook_pending, generate_series(1, $1::int) n`,
      [times],
    );
  };

  it('looks at every endpoint in turn, at no more than a page at once', async () => {
    await multiply(9);
    const seen: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 4; page++) {
      const { lanes, next } = await findDueLanes(fixture.database, fixture.clock.date(), after, 3);
      expect(lanes).toHaveLength(page < 3 ? 3 : 1);
      seen.push(...lanes.map((lane) => lane.webhookId));
      after = next;
    }
    expect(after).toBeUndefined();
    expect(new Set(seen).size).toBe(10);
  });

  it('leaves a strict order alone whose head waits for its retry', async () => {
    const due = async (): Promise<number> =>
      (await findDueLanes(fixture.database, fixture.clock.date(), undefined, 10)).lanes.length;
    await fixture.database.execute(`UPDATE webhook SET ordering = 'strict'`);
    fixture.clock.advance(1);
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    expect(await due()).toBe(1);
    await fixture.database.execute(
      `UPDATE webhook_pending SET attempt = 1, due_at = due_at + interval '5 s'
       WHERE delivery_id = (SELECT min(delivery_id::text)::uuid FROM webhook_pending)`,
    );
    expect(await due()).toBe(0);
    fixture.clock.advance(5_000);
    expect(await due()).toBe(1);
  });

  it('wakes lanes although twenty thousand are due', async () => {
    await multiply(20_000);
    await fixture.tick();
    await fixture.tick();
    expect(fixture.app.log()).not.toContain('wake-up failed');
    const jobs = await fixture.database.query<{ n: string }>(
      `SELECT count(*) AS n FROM bullmq.job`,
    );
    expect(Number(jobs[0]?.n)).toBeGreaterThanOrEqual(2_000);
  });
});
