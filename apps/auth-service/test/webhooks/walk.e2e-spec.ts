import { Webhook } from 'standardwebhooks';
import { SystemClock } from '#libs/foundation';
import { backends } from './backends.js';
import { secret, WebhookFixture } from './webhook-fixture.js';

describe.each(backends)('an integration on BullMQ with %s', (_name, environment) => {
  let fixture: WebhookFixture;

  beforeAll(async () => {
    fixture = await WebhookFixture.start({
      clock: new SystemClock(),
      environment: { WORKER_ROLE: 'all', ...environment },
    });
  });

  afterAll(() => fixture.stop());

  it('gets a signed event that the standard library verifies, and reads it in the history', async () => {
    const receiver = await fixture.receiver();
    const app = await fixture.createApp();
    const webhookId = await fixture.createWebhook(app, receiver.url);
    const { status, body } = await fixture.publish(app.tenant.id, { data: { text: 'Grüße 🚒' } });
    expect([status, body]).toEqual([
      202,
      { id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/), duplicate: false },
    ]);

    const [request] = await receiver.received(1);
    const event = new Webhook(secret).verify(
      request?.body.toString() ?? '',
      request?.headers as Record<string, string>,
    );
    expect(event).toMatchObject({
      id: body.id,
      type: 'incident.updated',
      tenant_id: app.tenant.id,
      data: { text: 'Grüße 🚒' },
    });
    let seen = await fixture.deliveries(app, webhookId);
    while (seen[0]?.status !== 'succeeded') seen = await fixture.deliveries(app, webhookId);
    expect(seen).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^dlv_/),
        status: 'succeeded',
        event_id: body.id,
        attempts: 1,
        response_status: 204,
        attempted_at: expect.stringMatching(/Z$/),
      }),
    ]);
  });

  it('gets a hundred events, each once', async () => {
    const receiver = await fixture.receiver();
    const app = await fixture.createApp();
    await fixture.createWebhook(app, receiver.url);
    const published = await Promise.all(
      Array.from({ length: 100 }, (_, n) => fixture.publish(app.tenant.id, { data: { n } })),
    );
    await receiver.received(100);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id']).sort()).toEqual(
      published.map(({ body }) => body.id as string).sort(),
    );
  });
});
