import {
  type EndpointRow,
  loadEndpoint,
} from '../../src/modules/webhooks/worker/endpoint.query.js';
import { DeliveryEnd } from '../../src/modules/webhooks/worker/delivery-end.js';
import { LaneClaims } from '../../src/modules/webhooks/worker/lane-claims.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('a lane whose view of its endpoint is old', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let id: string;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    const { url } = await fixture.receiver();
    id = await fixture.createWebhook(app, url, { events: ['incident.created', 'incident.closed'] });
  });

  afterEach(() => fixture.stop());

  const govern = async (governance: Readonly<Record<string, unknown>>): Promise<void> => {
    const path = `/v1/platform/apps/${app.id}/governance`;
    expect((await app.tenant.admin.patch(path, { body: governance })).status).toBe(200);
  };
  const load = async (): Promise<EndpointRow> => {
    const row = await loadEndpoint(fixture.database, uuidOf(id), fixture.clock.date());
    if (!row) throw new Error('no endpoint');
    return row;
  };
  const publish = async (): Promise<void> => {
    await fixture.publish(app.tenant.id, { type: 'incident.closed' });
    await fixture.relay();
  };

  it('sends what was approved since, and cancels what is not approved any more', async () => {
    await govern({ allowed_events: ['incident.created'] });
    const old = await load();
    await govern({ allowed_events: null });
    await publish();
    const ends = fixture.app.get(DeliveryEnd);
    const leased = await fixture.app.get(LaneClaims).batch(old, 10);
    const { lease, deliveries } = leased;
    expect(deliveries).toHaveLength(1);
    expect(await ends.cancelUnsendable(old, lease, deliveries)).toEqual(deliveries);

    await govern({ allowed_events: ['incident.created'] });
    expect(await ends.cancelUnsendable(old, lease, deliveries)).toEqual([]);
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({ status: 'canceled', reason: 'approval_revoked' }),
    ]);
  });

  it('leaves what came after its app was active again', async () => {
    await govern({ status: 'suspended' });
    const old = await load();
    await govern({ status: 'active' });
    await publish();
    expect(await fixture.app.get(DeliveryEnd).endIfUndeliverable(old)).toBe(true);
    expect(await fixture.database.query('SELECT FROM webhook_pending')).toHaveLength(1);
  });
});
