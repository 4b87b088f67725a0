import { status } from '#libs/testing';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('what a change of a webhook means for its deliveries', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  const publish = async (type = 'incident.updated'): Promise<string> =>
    String((await fixture.publish(app.tenant.id, { type })).body.id);
  const put = (id: string, body: unknown) => app.api.put(`/v1/webhooks/${id}`, { body });

  it('[W49] a type that is added brings what is published from then on, whenever the relay runs', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    const kept = await publish();
    await publish('incident.closed');
    fixture.clock.advance(1);
    await put(id, { events: ['incident.updated', 'incident.closed'] });
    const added = await publish('incident.closed');
    await fixture.deliverAll();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([kept, added]);
  });

  it('a test that waits stays a test when the URL changes: no lane sends it', async () => {
    const [old, next] = [await fixture.receiver(), await fixture.receiver()];
    const id = await fixture.createWebhook(app, old.url);
    const { body } = await app.api.post(`/v1/webhooks/${id}/test`);
    await put(id, { url: next.url });
    fixture.clock.advance(10_000);
    await fixture.lane(id);
    expect(next.requests).toHaveLength(0);
    await fixture.runTests();
    expect(next.requests.map(({ headers }) => headers['x-knogin-delivery'])).toEqual([
      body.delivery_id,
    ]);
  });

  it('the ETag tells that it began to fail and stopped, and a change may name any of these', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    const id = await fixture.createWebhook(app, receiver.url);
    const path = `/v1/webhooks/${id}`;
    const healthy = await app.api.get(path);
    await publish();
    await fixture.deliverAll();
    const headers = { 'if-none-match': String(healthy.headers.etag) };
    const failing = await app.api.get(path, { headers });
    expect([failing.status, failing.body.status]).toEqual([200, 'failing']);
    const again = { 'if-none-match': String(failing.headers.etag) };
    expect((await app.api.get(path, { headers: again })).status).toBe(304);
    receiver.answer = status(204);
    fixture.clock.advance(10_000);
    await fixture.deliverAll();
    expect((await app.api.get(path, { headers: again })).body.status).toBe('active');
    const changed = await app.api.put(path, {
      body: { description: 'x' },
      headers: { 'if-match': String(failing.headers.etag) },
    });
    expect([changed.status, changed.headers.etag]).toEqual([200, '"2"']);
  });

  it('what the relay adds of a removed type after the change is canceled before it is sent', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    const id = await fixture.createWebhook(app, receiver.url, {
      events: ['incident.updated', 'incident.closed'],
    });
    await publish('incident.closed');
    await fixture.relay();
    // As of a relay that read the subscription before the change committed.
    await fixture.database.execute(
      `DELETE FROM webhook_event_sub WHERE webhook_id = $1 AND event_type = 'incident.closed'`,
      [uuidOf(id)],
    );
    await fixture.lane(id);
    expect(receiver.requests).toHaveLength(0);
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({ status: 'canceled', reason: 'unsubscribed', attempts: 0 }),
    ]);
  });

  it('an endpoint that is gone is disabled, though nobody may be told of it', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(410);
    const id = await fixture.createWebhook(app, receiver.url);
    await fixture.database.execute(
      `UPDATE event_type SET published_to = '{}' WHERE name = 'webhook.disabled'`,
    );
    await publish();
    await fixture.deliverAll();
    const { body } = await app.api.get(`/v1/webhooks/${id}`);
    expect([body.status, body.disabled_reason]).toEqual(['disabled', 'gone']);
  });

  it('but what somebody sends again is sent, subscribed to or not', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    await put(id, { events: ['incident.closed'] });
    const [first] = await fixture.deliveries(app, id);
    await app.api.post(`/v1/webhooks/${id}/deliveries/${first?.id}/redeliver`);
    await fixture.lane(id);
    expect(receiver.requests).toHaveLength(2);
  });
});
