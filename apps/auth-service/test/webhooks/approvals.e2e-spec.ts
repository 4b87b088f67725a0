import pg from 'pg';
import { Endings } from '../../src/modules/identity/index.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('a webhook without an approved event type', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let id: string;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    await putType('evidence.added', { sensitivity: 'sensitive', approval: 'tenant_admin' });
    await app.tenant.admin.put(approval());
  });

  afterEach(() => fixture.stop());

  const approval = (): string => `/v1/platform/apps/${app.id}/event-approvals/evidence.added`;
  const allow = (allowed_events: readonly string[] | null) =>
    app.tenant.admin.patch(`/v1/platform/apps/${app.id}/governance`, { body: { allowed_events } });
  const allowTenant = async (allowed_events: readonly string[] | null) => {
    const operator = await fixture.app.asOperator();
    return operator.patch(`/v1/tenants/${app.tenant.id}`, {
      body: { governance: { allowed_events } },
    });
  };
  const putType = async (name: string, members: Readonly<Record<string, unknown>>) => {
    const operator = await fixture.app.asOperator();
    return operator.put(`/v1/event-types/${name}`, {
      body: { description_en: 'x', description_de: 'x', ...members },
    });
  };
  const publishTo = (published_to: readonly string[] | null) =>
    putType('evidence.added', { sensitivity: 'sensitive', approval: 'tenant_admin', published_to });
  /** While another holds the webhook. */
  const holding = async (webhookId: string, run: () => Promise<void>): Promise<void> => {
    const other = new pg.Client({ connectionString: fixture.app.database.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM webhook WHERE id = $1 FOR UPDATE', [uuidOf(webhookId)]);
    await run().finally(() => other.end());
  };
  const shown = async () => (await app.api.get(`/v1/webhooks/${id}`)).body;

  it.each<[string, () => Promise<{ status: number }>, () => Promise<{ status: number }>]>([
    [
      'an approval that is withdrawn',
      () => app.tenant.admin.delete(approval()),
      () => app.tenant.admin.put(approval()),
    ],
    ['the governance of the app', () => allow(['incident.closed']), () => allow(null)],
    [
      'the governance of the tenant',
      () => allowTenant(['incident.closed']),
      () => allowTenant(null),
    ],
    [
      'the catalogue, where its type is no longer of the tenant',
      async () => publishTo([(await fixture.app.createTenant()).id]),
      () => publishTo(null),
    ],
  ])(
    'is disabled by %s, with what is pending, and comes back by PUT',
    async (_name, take, give) => {
      const receiver = await fixture.receiver();
      id = await fixture.createWebhook(app, receiver.url, { events: ['evidence.added'] });
      const publish = () => fixture.publish(app.tenant.id, { type: 'evidence.added' });
      await publish();
      await fixture.relay();
      expect((await take()).status).toBeLessThan(300);
      expect(await shown()).toMatchObject({
        enabled: false,
        status: 'disabled',
        disabled_reason: 'approval_revoked',
      });
      expect(await fixture.deliveries(app, id)).toEqual([
        expect.objectContaining({ status: 'canceled', reason: 'approval_revoked', attempts: 0 }),
      ]);
      const mails = await fixture.database.query('SELECT subject FROM webhook_notice_mail');
      expect(mails).toEqual([{ subject: `Webhook ${id} was disabled` }]);

      expect((await give()).status).toBeLessThan(300);
      expect((await shown()).enabled).toBe(false);
      await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: true } });
      expect(await shown()).toMatchObject({ status: 'active', disabled_reason: null });
      fixture.clock.advance(1);
      await publish();
      await fixture.deliverAll();
      expect(receiver.requests).toHaveLength(1);
    },
  );

  it('cannot be enabled, and is told which event types to ask approval for', async () => {
    const { url } = await fixture.receiver();
    const events = ['evidence.added', 'incident.updated'];
    id = await fixture.createWebhook(app, url, { events, enabled: false });
    const enable = () => app.api.put(`/v1/webhooks/${id}`, { body: { enabled: true } });
    await allow(['incident.closed']);
    expect(await enable()).toMatchObject({
      status: 403,
      body: { code: 'event_not_approved', events },
    });
    expect((await shown()).enabled).toBe(false);
    // One is enough.
    await allow(['incident.updated']);
    expect((await enable()).status).toBe(200);
    expect((await shown()).status).toBe('active');
  });

  it('is disabled within a minute where it came at the moment at which the approval went', async () => {
    id = await fixture.createWebhook(app, (await fixture.receiver()).url, {
      events: ['evidence.added'],
    });
    await fixture.publish(app.tenant.id, { type: 'evidence.added' });
    await fixture.relay();
    await fixture.maintain();
    expect((await shown()).enabled).toBe(true);
    // As a transaction leaves it that has not seen the webhook.
    await fixture.database.execute('DELETE FROM app_event_approval');
    await fixture.maintain();
    expect(await shown()).toMatchObject({ enabled: false, disabled_reason: 'approval_revoked' });
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({ status: 'canceled', reason: 'approval_revoked' }),
    ]);
  });

  it('is told of by a mail whose requests bring what was pending', async () => {
    const receiver = await fixture.receiver();
    id = await fixture.createWebhook(app, receiver.url, { events: ['evidence.added'] });
    await fixture.publish(app.tenant.id, { type: 'evidence.added' });
    await fixture.relay();
    fixture.clock.advance(3_600_000);
    await app.tenant.admin.delete(approval());
    await app.tenant.admin.put(approval());
    fixture.clock.advance(1_000);
    await fixture.followMail(app);
    expect(receiver.requests).toHaveLength(1);
  });

  it('is disabled where its type begins to ask for an approval, and by no other change of the type', async () => {
    id = await fixture.createWebhook(app, (await fixture.receiver()).url);
    const type = { sensitivity: 'normal', approval: 'auto' };
    await putType('incident.updated', { ...type, deprecated: true });
    expect((await shown()).enabled).toBe(true);
    await putType('incident.updated', { ...type, approval: 'tenant_admin' });
    expect(await shown()).toMatchObject({ enabled: false, disabled_reason: 'approval_revoked' });
  });

  it('is the only one that a change of the catalogue waits for', async () => {
    const { url } = await fixture.receiver();
    const events = ['evidence.added', 'incident.updated'];
    const kept = await fixture.createWebhook(app, url, { events });
    id = await fixture.createWebhook(app, url, { events: ['evidence.added'] });
    await holding(kept, async () => {
      expect((await publishTo([(await fixture.app.createTenant()).id])).status).toBe(200);
    });
    expect((await shown()).enabled).toBe(false);
    expect((await app.api.get(`/v1/webhooks/${kept}`)).body.enabled).toBe(true);
  });

  it('is looked for only where the catalogue takes something away', async () => {
    const { id: tenantId } = app.tenant;
    const { id: otherId } = await fixture.app.createTenant();
    id = await fixture.createWebhook(app, (await fixture.receiver()).url, {
      events: ['evidence.added'],
    });
    const announced = jest.spyOn(fixture.app.get(Endings), 'announce');
    const type = { sensitivity: 'sensitive', approval: 'tenant_admin' };
    const put = async (members: Readonly<Record<string, unknown>>): Promise<number> => {
      announced.mockClear();
      expect((await putType('evidence.added', { ...type, ...members })).status).toBe(200);
      return announced.mock.calls.length;
    };
    expect(await put({ published_to: [tenantId] })).toBe(1);
    expect(await put({ published_to: [tenantId, otherId] })).toBe(0);
    expect(await put({ published_to: [otherId, tenantId] })).toBe(0);
    expect(await put({ published_to: [tenantId] })).toBe(1);
    expect(await put({ published_to: null })).toBe(0);
    expect(await put({ approval: 'knogin_review' })).toBe(0);
    expect(await put({ sensitivity: 'normal', approval: 'auto' })).toBe(0);
    expect(await put({ sensitivity: 'normal', approval: 'knogin_review' })).toBe(1);
    expect((await shown()).enabled).toBe(true);
  });

  it('is one that has none left: one of two is enough, and what its owner disabled stays so', async () => {
    const { url } = await fixture.receiver();
    const events = ['evidence.added', 'incident.updated'];
    id = await fixture.createWebhook(app, url, { events });
    await app.tenant.admin.delete(approval());
    expect(await shown()).toMatchObject({ enabled: true, disabled_reason: null });
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: false } });
    await allow([]);
    expect(await shown()).toMatchObject({ enabled: false, disabled_reason: 'user' });
  });
});
