import { type AppUnderTest, WebhookFixture } from '../webhooks/webhook-fixture.js';

/** The documented examples of "Ereigniszustellung und Webhooks", request for request. */
describe('the public contract: webhooks', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let id: string;
  const json = { 'Content-Type': 'application/json' };

  beforeAll(async () => {
    fixture = await WebhookFixture.start();
    app = await fixture.createApp();
    const { status, body } = await app.api.post('/v1/webhooks', {
      headers: json,
      body: `{
    "url": "https://integrator.example/webhooks/argus",
    "events": ["incident.updated"],
    "secret": "a signing secret of thirty chars"
  }`,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^wh_/),
      url: 'https://integrator.example/webhooks/argus',
      events: ['incident.updated'],
    });
    id = String(body.id);
  });

  afterAll(() => fixture.stop());

  it('GET /v1/webhooks', async () => {
    const { status, body } = await app.api.get('/v1/webhooks');
    expect(status).toBe(200);
    expect(body.webhooks).toEqual([expect.objectContaining({ id })]);
  });

  it('PUT /v1/webhooks/{webhook_id}', async () => {
    const { status, body } = await app.api.put(`/v1/webhooks/${id}`, {
      headers: json,
      body: `{
    "events": ["incident.updated", "incident.closed"]
  }`,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, events: ['incident.updated', 'incident.closed'] });
  });

  it('GET /v1/webhooks/{webhook_id}', async () => {
    const { status, body } = await app.api.get(`/v1/webhooks/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, events: ['incident.updated', 'incident.closed'] });
  });

  it('POST /v1/webhooks/{webhook_id}/test', async () => {
    const { status, body } = await app.api.post(`/v1/webhooks/${id}/test`);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      delivery_id: expect.stringMatching(/^dlv_test_/),
      status: 'queued',
    });
  });

  it('GET /v1/webhooks/{webhook_id}/deliveries', async () => {
    const { url } = await fixture.receiver();
    const received = await fixture.createWebhook(app, url);
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    const { status, body } = await app.api.get(`/v1/webhooks/${received}/deliveries`);
    expect(status).toBe(200);
    expect(body.deliveries).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^dlv_/),
        status: 'succeeded',
        attempted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      }),
    ]);
  });

  it('DELETE /v1/webhooks/{webhook_id}', async () => {
    const { status, text } = await app.api.delete(`/v1/webhooks/${id}`);
    expect([status, text]).toEqual([204, '']);
    expect((await app.api.get(`/v1/webhooks/${id}`)).status).toBe(404);
  });
});
