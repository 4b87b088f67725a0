import { decodeId } from '#libs/foundation';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

describe('what is published', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  it('for one app reaches the webhooks of that app only', async () => {
    const receiver = await fixture.receiver();
    const neighbour = await fixture.createApp(app.tenant);
    const ids = [
      await fixture.createWebhook(app, receiver.url),
      await fixture.createWebhook(neighbour, receiver.url),
    ];
    await fixture.publish(app.tenant.id, { app_id: neighbour.id });
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    expect(await fixture.deliveries(app, String(ids[0]))).toEqual([]);
    expect(await fixture.deliveries(neighbour, String(ids[1]))).toHaveLength(1);
  });

  it('is kept where nobody has subscribed to it', async () => {
    const { body } = await fixture.publish(app.tenant.id);
    await fixture.relay();
    expect(await fixture.database.query('SELECT id FROM event')).toEqual([
      { id: decodeId('evt', String(body.id)) },
    ]);
    expect(await fixture.database.query('SELECT FROM webhook_delivery')).toEqual([]);
    expect(await fixture.database.query('SELECT FROM event_outbox')).toEqual([]);
  });

  it.each(['test', 'redeliver', 'recover'])('once by a repeated POST …/%s', async (what) => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    const since = fixture.clock.date().toISOString();
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    fixture.clock.advance(1_000);
    const [first] = await fixture.deliveries(app, id);
    const path = what === 'redeliver' ? `deliveries/${first?.id}/redeliver` : what;
    const send = () =>
      app.api.post(`/v1/webhooks/${id}/${path}`, {
        body: what === 'recover' ? { since } : {},
        headers: { 'idempotency-key': 'once' },
      });
    const answers = [await send(), await send()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(answers[1]?.headers.location).toBe(answers[0]?.headers.location);
    const made = await fixture.database.query(
      `SELECT id FROM webhook_recovery UNION ALL SELECT id FROM webhook_delivery WHERE trigger > 0`,
    );
    expect(made).toHaveLength(1);
  });
});
