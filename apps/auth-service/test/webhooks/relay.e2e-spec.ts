import { Relay } from '../../src/modules/webhooks/worker/relay.js';
import { fanOut } from '../../src/modules/webhooks/worker/fan-out.query.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

describe('a round of the relay', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    const { url } = await fixture.receiver();
    for (let n = 0; n < 4; n++) await fixture.createWebhook(app, `${url}/${n}`);
  });

  afterEach(() => fixture.stop());

  const round = (targets: number): ReturnType<typeof fanOut> =>
    fanOut(fixture.database, {
      perTenant: 50,
      limit: 200,
      targets,
      quota: 1_000,
      now: fixture.clock.date(),
    });
  const count = async (table: string): Promise<number> =>
    (await fixture.database.query(`SELECT FROM ${table}`)).length;

  it('takes events until they come to enough deliveries, and at least one', async () => {
    for (let n = 0; n < 3; n++) await fixture.publish(app.tenant.id);
    expect((await round(5)).more).toBe(true);
    expect([await count('webhook_pending'), await count('event_outbox')]).toEqual([8, 1]);
    for (let n = 0; n < 2; n++) await fixture.publish(app.tenant.id);
    expect((await round(1)).more).toBe(true);
    expect([await count('webhook_pending'), await count('event_outbox')]).toEqual([12, 2]);
    await fixture.app.get(Relay).runOnce();
    expect([await count('webhook_pending'), await count('event_outbox')]).toEqual([20, 0]);
    expect((await round(1)).more).toBe(false);
  });

  it('takes events of few subscribers before those of many', async () => {
    const small = await fixture.createApp();
    const { url } = await fixture.receiver();
    const id = await fixture.createWebhook(small, url);
    for (let n = 0; n < 3; n++) await fixture.publish(app.tenant.id);
    await fixture.publish(small.tenant.id);
    await round(1);
    expect(await fixture.deliveries(small, id)).toHaveLength(1);
    expect(await count('webhook_pending')).toBe(1);
  });
});
