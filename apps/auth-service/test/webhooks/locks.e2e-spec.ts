import pg from 'pg';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

/** One order for everything that locks (ADR 21): tenant, apps, webhooks, pending deliveries by id, audit. */
describe('changes at the same time', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let other: pg.Client;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({
      environment: { RATE_LIMIT_SCALE: '0', DATABASE_POOL_SIZE: '12' },
    });
    app = await fixture.createApp();
    other = new pg.Client({ connectionString: fixture.app.database.url });
    await other.connect();
  });

  afterEach(async () => {
    await other.end();
    await fixture.stop();
  });

  const waiting = (count: number) => fixture.app.database.lockWaits(count);
  const governance = (status: string) =>
    app.tenant.admin.patch(`/v1/platform/apps/${app.id}/governance`, { body: { status } });
  const suspendTenant = (status: string) =>
    fixture.operator.patch(`/v1/tenants/${app.tenant.id}`, { body: { status } });
  /** Pending deliveries of the webhook that lie in the table the other way round than their ids. */
  const fillBackwards = async (webhookId: string): Promise<string[]> => {
    for (let n = 0; n < 3; n++) {
      await fixture.publish(app.tenant.id);
      fixture.clock.advance(1);
    }
    await fixture.relay();
    const rows = await fixture.database.query<{ delivery_id: string }>(
      'SELECT delivery_id FROM webhook_pending WHERE webhook_id = $1 ORDER BY delivery_id DESC',
      [uuidOf(webhookId)],
    );
    for (const { delivery_id } of rows)
      await fixture.database.execute(
        `UPDATE webhook_pending SET due_at = due_at + interval '1 minute' WHERE delivery_id = $1`,
        [delivery_id],
      );
    return rows.map(({ delivery_id }) => delivery_id).reverse();
  };
  const lockPending = (id: string | undefined) =>
    other.query('SELECT FROM webhook_pending WHERE delivery_id = $1 FOR UPDATE', [id]);

  it('of events leave what one of them said, never both', async () => {
    const { url } = await fixture.receiver();
    const id = await fixture.createWebhook(app, url);
    await other.query('BEGIN');
    await other.query('SELECT FROM webhook WHERE id = $1 FOR UPDATE', [uuidOf(id)]);
    const put = (events: string[]) => app.api.put(`/v1/webhooks/${id}`, { body: { events } });
    const changes = [put(['incident.closed']), put(['incident.created'])];
    await waiting(2);
    await other.query('COMMIT');
    for (const { status } of await Promise.all(changes)) expect(status).toBe(200);
    const { body } = await app.api.get(`/v1/webhooks/${id}`);
    expect(body.events).toHaveLength(1);
  });

  it.each(['app', 'tenant'])(
    'cancel with the %s in the order of ids: whoever locks so too never meets it crosswise',
    async (what) => {
      const { url } = await fixture.receiver();
      const ids = await fillBackwards(await fixture.createWebhook(app, url));
      await other.query('BEGIN');
      await lockPending(ids[0]);
      const suspended = what === 'app' ? governance('suspended') : suspendTenant('suspended');
      await waiting(1);
      for (const id of ids) await lockPending(id);
      await other.query('COMMIT');
      expect((await suspended).status).toBe(200);
      expect(await fixture.database.query('SELECT FROM webhook_pending')).toEqual([]);
    },
  );

  it('cancel what is under way last: until then its result may be recorded', async () => {
    const { url } = await fixture.receiver();
    const ids = await fillBackwards(await fixture.createWebhook(app, url));
    await fixture.database.execute(
      `UPDATE webhook_pending SET lease = gen_random_uuid(), lease_until = now() WHERE delivery_id = ANY ($1)`,
      [[ids[0], ids[2]]],
    );
    await other.query('BEGIN');
    await lockPending(ids[1]);
    const suspended = governance('suspended');
    await waiting(1);
    for (const id of ids) await lockPending(id);
    await other.query('COMMIT');
    expect((await suspended).status).toBe(200);
    expect(await fixture.database.query('SELECT FROM webhook_pending')).toEqual([]);
  });

  it('let an app make a webhook while its tenant is being changed', async () => {
    const { url } = await fixture.receiver();
    await fixture.database
      .execute(`CREATE FUNCTION wait_there() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$`);
    await fixture.database.execute(
      'CREATE TRIGGER stopped BEFORE UPDATE ON platform_app FOR EACH STATEMENT EXECUTE FUNCTION wait_there()',
    );
    await other.query('SELECT pg_advisory_lock(1)');
    const suspended = suspendTenant('suspended');
    await waiting(1);
    const id = await fixture.createWebhook(app, url, { signature: 'both' });
    await other.query('SELECT pg_advisory_unlock(1)');
    expect([id, (await suspended).status]).toEqual([expect.stringMatching(/^wh_/), 200]);
  });

  it('never deadlock: suspensions, subscriptions and deliveries side by side', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number % 3 === 0 ? 500 : 204).end();
    };
    const ids = [
      await fixture.createWebhook(app, receiver.url),
      await fixture.createWebhook(app, receiver.url),
    ];
    const rounds = 15;
    const each = async (work: (n: number) => Promise<unknown>): Promise<void> => {
      for (let n = 0; n < rounds; n++) await work(n);
    };
    const statuses = new Set<number>();
    const note = async (answer: Promise<{ status: number }>): Promise<void> => {
      statuses.add((await answer).status);
    };
    await Promise.all([
      each((n) => note(governance(n % 2 === 0 ? 'suspended' : 'active'))),
      each((n) => note(suspendTenant(n % 2 === 0 ? 'suspended' : 'active'))),
      each((n) =>
        note(
          app.tenant.admin.put(`/v1/webhooks/${ids[n % 2]}`, {
            body: { url: `${receiver.url}/${String(n)}`, signature: n % 2 === 0 ? 'both' : 'hmac' },
          }),
        ),
      ),
      each(async () => {
        for (let n = 0; n < 5; n++) await fixture.publish(app.tenant.id);
        await fixture.deliverAll();
      }),
    ]);
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    expect(fixture.app.log()).not.toContain('deadlock detected');
  });
});
