import type { ServerResponse } from 'node:http';
import type { ReceiverServer } from '#libs/testing';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

describe('a late answer of the URL that a webhook had', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let old: ReceiverServer;
  let next: ReceiverServer;
  let webhookId: string;
  let lane: Promise<void>;
  let held: ServerResponse | undefined;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    [old, next] = [await fixture.receiver(), await fixture.receiver()];
    webhookId = await fixture.createWebhook(app, old.url);
    old.answer = (_request, response) => {
      held = response;
    };
    await fixture.publish(app.tenant.id);
    await fixture.relay();
    lane = fixture.lane(webhookId);
    await old.received(1);
    await app.api.put(`/v1/webhooks/${webhookId}`, { body: { url: next.url } });
  });

  afterEach(() => fixture.stop());

  it.each<[string, number, Record<string, string>]>([
    ['410', 410, {}],
    ['abort-message', 400, { 'webhook-delivery': 'abort-message' }],
    ['disable', 400, { 'webhook-delivery': 'disable' }],
    ['429 with a pause', 429, { 'retry-after': '3600' }],
  ])('changes nothing for the new one, where the delivery goes: %s', async (_, code, headers) => {
    held?.writeHead(code, headers).end();
    await lane;
    await fixture.settled();
    const { body } = await app.api.get(`/v1/webhooks/${webhookId}`);
    expect(body).toMatchObject({ enabled: true, status: 'active', failing_since: null });
    expect((await fixture.deliveries(app, webhookId))[0]?.status).toBe('retrying');
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    expect(next.requests).toHaveLength(1);
    fixture.clock.advance(3_600_000);
    await fixture.deliverAll();
    expect([old.requests.length, next.requests.length]).toEqual([1, 2]);
  });
});
