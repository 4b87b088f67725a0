import { storedStatus } from '../../src/modules/webhooks/deliveries/delivery-codes.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

const hourMs = 3_600_000;

describe('a recovery', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let id: string;
  let since: string;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    id = await fixture.createWebhook(app, (await fixture.receiver()).url, { enabled: false });
    since = fixture.clock.date().toISOString();
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    fixture.clock.advance(hourMs);
  });

  afterEach(() => fixture.stop());

  const recover = (body: unknown, api = app.api) =>
    api.post(`/v1/webhooks/${id}/recover`, { body });

  it('names the end of a span that is reversed, and the beginning of one that is too long', async () => {
    const reversed = await recover({ since, until: since });
    expect([reversed.status, reversed.body.errors[0].pointer]).toEqual([422, '/until']);
    fixture.clock.advance(15 * 24 * hourMs);
    expect((await recover({ since })).body.errors[0].pointer).toBe('/since');
  });

  it('of a suspended app is refused', async () => {
    await fixture.database.execute(`UPDATE platform_app SET status = 'suspended' WHERE id = $1`, [
      app.id,
    ]);
    const answer = await recover({ since }, app.tenant.admin);
    expect([answer.status, answer.body.code]).toEqual([403, 'app_suspended']);
  });

  it('goes on beside deliveries that wait for hours', async () => {
    await fixture.database.execute(
      `INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
       SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), $3, $3 FROM generate_series(1, 600)`,
      [uuidOf(id), app.tenant.id, new Date(fixture.clock.now() + hourMs)],
    );
    const { body } = await recover({ since });
    await fixture.recoverAll();
    const done = await app.api.get(`/v1/webhooks/${id}/recover/${body.id}`);
    expect(done.body).toMatchObject({ status: 'finished', matched: 1, enqueued: 1 });
  });

  it('[W22] and a replay of the same event at once send it once', async () => {
    const [missed] = await fixture.deliveries(app, id);
    await recover({ since });
    await Promise.all([
      fixture.recoverAll(),
      app.api.post(`/v1/webhooks/${id}/deliveries/${missed?.id}/redeliver`),
    ]);
    const again = await fixture.database.query('SELECT FROM webhook_delivery WHERE status = $1', [
      storedStatus.queued,
    ]);
    expect(again).toHaveLength(1);
  });
});
