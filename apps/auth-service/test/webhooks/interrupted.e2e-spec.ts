import { sweepExpiredLeases } from '../../src/modules/webhooks/worker/sweep.query.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

const leaseMs = 25_000;

describe('an interrupted attempt', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let webhookId: string;
  let startedAt: string;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    const receiver = await fixture.receiver();
    webhookId = await fixture.createWebhook(app, receiver.url);
    startedAt = fixture.clock.date().toISOString();
  });

  afterEach(() => fixture.stop());

  /** As a worker leaves it that died over the attempt. */
  const interrupt = async (attempt: number): Promise<void> => {
    await fixture.database.execute(
      `UPDATE webhook_pending SET attempt = $1, lease = gen_random_uuid(), lease_until = $2`,
      [attempt, new Date(fixture.clock.now() + leaseMs)],
    );
    fixture.clock.advance(leaseMs + 1);
  };
  const sweep = (): Promise<number> =>
    sweepExpiredLeases(fixture.database, { now: fixture.clock.date(), leaseMs, limit: 10 });
  const pending = (): Promise<readonly unknown[]> =>
    fixture.database.query('SELECT attempt, lease, due_at FROM webhook_pending');

  it.each([1, 10])('is repeated at once: number %i', async (attempt) => {
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    await interrupt(attempt);
    expect(await sweep()).toBe(1);
    expect(await pending()).toEqual([{ attempt, lease: null, due_at: fixture.clock.date() }]);
    const [delivery] = await fixture.deliveries(app, webhookId, '?include=attempts');
    expect(delivery).toMatchObject({
      status: 'retrying',
      attempts: attempt,
      attempted_at: startedAt,
      attempt_list: [{ outcome: 'interrupted', number: attempt, started_at: startedAt }],
    });
  });

  it('exhausts its delivery where it was the one granted beyond the ladder', async () => {
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    await interrupt(11);
    expect(await sweep()).toBe(1);
    expect(await pending()).toEqual([]);
    const [delivery] = await fixture.deliveries(app, webhookId, '?include=attempts');
    expect(delivery).toMatchObject({
      status: 'failed',
      reason: 'exhausted',
      attempts: 11,
      completed_at: fixture.clock.date().toISOString(),
      attempt_list: [{ outcome: 'interrupted', number: 11 }],
    });
  });

  it('of a test ends it, and never makes it a delivery that is due', async () => {
    await app.api.post(`/v1/webhooks/${webhookId}/test`);
    await interrupt(1);
    expect(await sweep()).toBe(0);
    await fixture.tick();
    expect(await pending()).toEqual([]);
    expect((await fixture.deliveries(app, webhookId))[0]).toMatchObject({
      status: 'failed',
      reason: 'exhausted',
      attempted_at: startedAt,
    });
  });
});
