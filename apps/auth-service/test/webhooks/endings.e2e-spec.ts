import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { status } from '#libs/testing';
import {
  storedReason,
  storedStatus,
} from '../../src/modules/webhooks/deliveries/delivery-codes.js';
import { CreateUserCommand } from '../../src/modules/ops/cli/create-user.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

describe('deliveries end', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({
      environment: { RATE_LIMIT_SCALE: '0', WEBHOOK_RETENTION_DAYS: '10' },
    });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  const publish = async (count = 1): Promise<void> => {
    for (let n = 0; n < count; n++) await fixture.publish(app.tenant.id);
  };
  const ends = () =>
    fixture.database.query<{ status: number; reason: number; n: string }>(
      'SELECT status, reason, count(*) AS n FROM webhook_delivery GROUP BY 1, 2 ORDER BY 1, 2',
    );
  const ended = (reason: keyof typeof storedReason, n: number) => [
    { status: storedStatus.canceled, reason: storedReason[reason], n: String(n) },
  ];
  const keys = () => fixture.database.query('SELECT FROM webhook_key');
  const pending = () => fixture.database.query('SELECT FROM webhook_pending');

  it('[W24] with the webhook: nothing is sent, nothing loops', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    await app.api.delete(`/v1/webhooks/${id}`);
    await fixture.lane(id);
    await fixture.tick();
    expect(receiver.requests).toHaveLength(0);
    const rows = await fixture.database.query(
      `SELECT status, reason FROM webhook_delivery WHERE webhook_id = $1`,
      [uuidOf(id)],
    );
    expect(rows).toEqual([{ status: storedStatus.canceled, reason: storedReason.webhook_deleted }]);
    expect(
      await fixture.database.query('SELECT FROM webhook_key WHERE webhook_id = $1', [uuidOf(id)]),
    ).toEqual([]);
  });

  it('[W24] with the webhook, of a request on the wire too: its result is dropped', async () => {
    const receiver = await fixture.receiver();
    let held: ServerResponse | undefined;
    receiver.answer = (_request, response) => {
      held = response;
    };
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    const lane = fixture.lane(id);
    await receiver.received(1);
    expect((await app.api.delete(`/v1/webhooks/${id}`)).status).toBe(204);
    held?.writeHead(204).end();
    await lane;
    await fixture.settled();
    expect(await ends()).toEqual(ended('webhook_deleted', 1));
    expect(await fixture.database.query('SELECT FROM webhook_attempt')).toEqual([]);
    const path = `/v1/webhooks/${id}`;
    for (const [method, gone] of [
      ['GET', path],
      ['PUT', path],
      ['DELETE', path],
      ['GET', `${path}/deliveries`],
      ['POST', `${path}/test`],
    ] as const) {
      const body = method === 'PUT' ? { body: { enabled: true } } : {};
      expect([method, gone, (await app.api.send(method, gone, body)).status]).toEqual([
        method,
        gone,
        404,
      ]);
    }
  });

  it('[W24] with the app, in its own transaction: webhooks and keys are gone with it', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    const id = await fixture.createWebhook(app, receiver.url);
    await publish(2);
    await fixture.deliverAll();
    await publish(1);
    await fixture.relay();
    const { admin } = app.tenant;
    expect((await admin.delete(`/v1/platform/apps/${app.id}`)).status).toBe(204);
    expect(await ends()).toEqual(ended('webhook_deleted', 3));
    expect(await pending()).toEqual([]);
    expect(await keys()).toEqual([]);
    expect((await admin.get(`/v1/webhooks/${id}`)).status).toBe(404);
    fixture.clock.advance(10_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(2);
  });

  it('with the suspension of the app; its webhooks stay, and what comes after its end is sent', async () => {
    const receiver = await fixture.receiver();
    await fixture.createWebhook(app, receiver.url);
    await publish(2);
    await fixture.relay();
    const path = `/v1/platform/apps/${app.id}/governance`;
    const { admin } = app.tenant;
    expect((await admin.patch(path, { body: { status: 'suspended' } })).status).toBe(200);
    expect(await ends()).toEqual(ended('app_suspended', 2));
    expect(await pending()).toEqual([]);
    expect(await keys()).toHaveLength(1);
    await admin.patch(path, { body: { status: 'active' } });
    await publish();
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
  });

  it('with the suspension of the tenant, of every app of it and of no other tenant', async () => {
    const receiver = await fixture.receiver();
    const stranger = await fixture.createApp();
    for (const owner of [app, await fixture.createApp(app.tenant), stranger])
      await fixture.createWebhook(owner, receiver.url);
    await publish(2);
    await fixture.publish(stranger.tenant.id);
    await fixture.relay();
    const suspended = await fixture.operator.patch(`/v1/tenants/${app.tenant.id}`, {
      body: { status: 'suspended' },
    });
    expect(suspended.status).toBe(200);
    expect(await ends()).toEqual([
      { status: storedStatus.queued, reason: null, n: '1' },
      ...ended('app_suspended', 4),
    ]);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
  });

  it('also where the relay adds them after the suspension: the tick wakes their lanes before they are due', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    // What a relay leaves that read the app as active before the suspension committed.
    await fixture.database.execute(`UPDATE platform_app SET status = 'suspended' WHERE id = $1`, [
      app.id,
    ]);
    await fixture.deliverAll();
    expect(await ends()).toEqual(ended('app_suspended', 1));
    expect(receiver.requests).toHaveLength(1);
  });

  it('[W53] past the retention, in small statements, visibly; the history goes by the day and no row is deleted', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: false } });
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: true } });
    await publish();
    await fixture.relay();
    // Two thousand and a half more like it, and a trigger for each rule.
    await fixture.database.execute(`
      INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_id, event_type, trigger, status, created_at)
        SELECT (left(d.id::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, webhook_id, tenant_id, event_id, event_type, trigger,
          status, created_at FROM webhook_delivery d, generate_series(1, 2499) n`);
    await fixture.database.execute(`
      INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
        SELECT id, webhook_id, tenant_id, event_id, created_at, created_at FROM webhook_delivery ON CONFLICT DO NOTHING`);
    await fixture.database.execute('CREATE TABLE deleted (n bigint)');
    await fixture.database.execute(`
      CREATE FUNCTION count_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO deleted SELECT count(*) FROM gone; RETURN NULL; END $$`);
    await fixture.database.execute(`CREATE TRIGGER counted AFTER DELETE ON webhook_pending
      REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_deleted()`);
    await fixture.database
      .execute(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'the history is not deleted row by row'; END $$`);
    for (const table of ['event', 'webhook_delivery', 'webhook_attempt'])
      await fixture.database.execute(
        `CREATE TRIGGER refused BEFORE DELETE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()`,
      );
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: false } });
    fixture.clock.advance(10 * dayMs - minuteMs);
    await fixture.maintain();
    expect((await fixture.deliveries(app, id))[0]?.status).toBe('paused');
    fixture.clock.advance(2 * minuteMs);
    await fixture.maintain();
    expect(await ends()).toEqual(ended('payload_expired', 2_500));
    expect((await fixture.deliveries(app, id, '?status=canceled'))[0]).toMatchObject({
      status: 'canceled',
      reason: 'payload_expired',
    });
    const batches = await fixture.database.query<{ n: string }>(
      'SELECT n FROM deleted WHERE n > 0',
    );
    expect(batches.map(({ n }) => Number(n))).toEqual([1_000, 1_000, 500]);
    fixture.clock.advance(dayMs);
    await fixture.maintain();
    expect(await fixture.deliveries(app, id)).toEqual([]);
    const days = await fixture.database.query<{ day: string }>(
      `SELECT right(relname, 8) AS day FROM pg_class WHERE relname ~ '^webhook_delivery_\\d{8}$' ORDER BY 1`,
    );
    const day = (offset: number): string =>
      new Date(fixture.clock.now() + offset * dayMs).toISOString().slice(0, 10).replaceAll('-', '');
    expect([days[0]?.day, days.at(-1)?.day]).toEqual([day(-10), day(7)]);
  });

  it('[W53] failed as expired where they were tried, canceled where they never were', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = (_request, response) => void response.writeHead(500).end();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    fixture.clock.advance(1_000);
    await publish();
    await fixture.relay();
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: false } });
    fixture.clock.advance(10 * dayMs + minuteMs);
    await fixture.maintain();
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({ status: 'canceled', reason: 'payload_expired', attempts: 0 }),
      expect.objectContaining({ status: 'failed', reason: 'expired', attempts: 1 }),
    ]);
  });

  it('[W53] with the body of their event, where a replay outlives it', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    const [first] = await fixture.deliveries(app, id);
    for (let day = 0; day < 9; day += 3) {
      fixture.clock.advance(3 * dayMs);
      await fixture.maintain();
    }
    await app.api.post(`/v1/webhooks/${id}/deliveries/${first?.id}/redeliver`);
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: false } });
    fixture.clock.advance(2 * dayMs);
    await fixture.maintain();
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({
        trigger: 'manual',
        status: 'canceled',
        reason: 'payload_expired',
        attempts: 0,
      }),
    ]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('and a webhook’s trouble is mailed to the app’s contacts, or to the administrators', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(410);
    const [own, plain] = [app, await fixture.createApp(app.tenant)];
    await fixture.database.execute(`UPDATE platform_app SET contacts = $2 WHERE id = $1`, [
      own.id,
      ['dev@acme.example', 'ops@acme.example'],
    ]);
    await fixture.app
      .get(CreateUserCommand)
      .run(
        { tenant: app.tenant.slug, email: 'ada@acme.example', role: 'admin' },
        cliAdministrator(),
      );
    const ids = [
      await fixture.createWebhook(own, receiver.url),
      await fixture.createWebhook(plain, receiver.url),
    ];
    await publish();
    await fixture.deliverAll();
    const mails = (): string[] =>
      readdirSync(fixture.app.mailDir).map((file) =>
        readFileSync(join(fixture.app.mailDir, file), 'utf8'),
      );
    await fixture.maintain();
    await fixture.maintain();
    expect(
      mails()
        .map((mail) => /^To: (.*)\nSubject: Webhook (\S+) was disabled$/m.exec(mail)?.slice(1, 3))
        .sort(),
    ).toEqual(
      [
        ['ada@acme.example', ids[1]],
        ['dev@acme.example', ids[0]],
        ['ops@acme.example', ids[0]],
      ].sort(),
    );
    expect(mails().join('')).not.toContain(receiver.url);
  });
});
