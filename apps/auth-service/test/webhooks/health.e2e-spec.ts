import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { encodeId } from '#libs/foundation';
import { status } from '#libs/testing';
import type { DeliveryOutcome } from '../../src/modules/webhooks/deliveries/delivery-outcome.js';
import { storedStatus } from '../../src/modules/webhooks/deliveries/delivery-codes.js';
import { type ClaimedDelivery, claimDue } from '../../src/modules/webhooks/worker/claim.query.js';
import { loadEndpoint } from '../../src/modules/webhooks/worker/endpoint.query.js';
import { EndpointTracker } from '../../src/modules/webhooks/worker/endpoint-tracker.js';
import { LaneClaims } from '../../src/modules/webhooks/worker/lane-claims.js';
import { recordAttempts } from '../../src/modules/webhooks/worker/record.query.js';
import { WebhookNotices } from '../../src/modules/webhooks/worker/webhook-notices.js';
import { type AppUnderTest, uuidOf, WebhookFixture } from './webhook-fixture.js';

const hourMs = 3_600_000;

describe('the health of an endpoint', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  const publish = async (count = 1): Promise<void> => {
    for (let n = 0; n < count; n++) await fixture.publish(app.tenant.id);
  };
  const webhook = async (id: string) => (await app.api.get(`/v1/webhooks/${id}`)).body;

  it('[W56] ends with 410: the delivery fails as gone, the webhook is disabled', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(410);
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'failed',
      reason: 'gone',
    });
    expect(await webhook(id)).toMatchObject({ status: 'disabled', disabled_reason: 'gone' });
  });

  it.each<[string, number, Record<string, string>]>([
    ['gone', 410, {}],
    ['asked to be disabled', 500, { 'webhook-delivery': 'disable' }],
  ])(
    'that is %s: the requests in the mail about it bring all that was missed',
    async (_, code, headers) => {
      const receiver = await fixture.receiver();
      receiver.answer = (_request, response) => {
        fixture.clock.advance(2_000);
        response.writeHead(code, headers).end();
      };
      const id = await fixture.createWebhook(app, receiver.url);
      await publish();
      await fixture.deliverAll();
      fixture.clock.advance(hourMs);
      await publish();
      await fixture.relay();
      fixture.clock.advance(1_000);
      receiver.answer = status(204);

      await fixture.followMail(app);
      expect(receiver.requests).toHaveLength(3);
      expect((await fixture.deliveries(app, id, '?status=succeeded')).length).toBe(2);
    },
  );

  it('that asks to be disabled at the end of a streak: the mail tells of the first that failed in it', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500, { 'webhook-delivery': 'abort-message' });
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    fixture.clock.advance(hourMs);
    receiver.answer = status(500, { 'webhook-delivery': 'disable' });
    await publish();
    await fixture.deliverAll();
    fixture.clock.advance(1_000);
    receiver.answer = status(204);
    await fixture.followMail(app);
    expect((await fixture.deliveries(app, id, '?status=succeeded')).length).toBe(2);
  });

  it('[W41] is guarded at every attempt, test and replay: a row is not trusted for having been checked once', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    const [first] = await fixture.deliveries(app, id);
    // As a row that was stored under another policy.
    await fixture.database.execute('UPDATE webhook SET url = $2 WHERE id = $1', [
      uuidOf(id),
      receiver.url.replace('127.0.0.1', '127.0.0.2'),
    ]);
    await publish();
    await app.api.post(`/v1/webhooks/${id}/test`);
    await app.api.post(`/v1/webhooks/${id}/deliveries/${first?.id}/redeliver`);
    await fixture.deliverAll();
    await fixture.runTests();
    const seen = await fixture.deliveries(app, id);
    expect(
      seen.map(({ trigger, status: shown, reason }) => [trigger, shown, reason]).sort(),
    ).toEqual([
      ['event', 'failed', 'blocked_destination'],
      ['event', 'succeeded', null],
      ['manual', 'failed', 'blocked_destination'],
      ['test', 'failed', 'blocked_destination'],
    ]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('[W56] hears abort-message and disable', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500, { 'webhook-delivery': 'abort-message' });
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'failed',
      reason: 'aborted_by_receiver',
    });
    receiver.answer = status(200, { 'webhook-delivery': 'disable' });
    await publish();
    await fixture.deliverAll();
    expect(await webhook(id)).toMatchObject({
      enabled: false,
      disabled_reason: 'receiver_request',
    });
  });

  it('[W18] pauses the whole endpoint for as long as Retry-After asks', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(429, { 'retry-after': '120' });
    await fixture.createWebhook(app, receiver.url);
    await publish(5);
    await fixture.deliverAll();
    receiver.answer = status(204);
    await publish();
    fixture.clock.advance(119_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    fixture.clock.advance(1_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(7);
  });

  it('tells in the history when the next attempt can be, the pause of the endpoint included', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(429, { 'retry-after': '120' });
    const id = await fixture.createWebhook(app, receiver.url);
    await publish(2);
    await fixture.deliverAll();
    const end = new Date(fixture.clock.now() + 120_000).toISOString();
    const seen = await fixture.deliveries(app, id);
    expect(seen.map((delivery) => [delivery.status, delivery.next_attempt_at])).toEqual([
      ['queued', end],
      ['retrying', end],
    ]);
    fixture.clock.advance(3_600_000);
    receiver.answer = status(503);
    await fixture.deliverAll();
    const [, retried] = await fixture.deliveries(app, id);
    expect(Date.parse(String(retried?.next_attempt_at))).toBeGreaterThan(fixture.clock.now());
  });

  it('[W19] opens the breaker after ten failures; nothing is sent or spent until one probe succeeds', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    const id = await fixture.createWebhook(app, receiver.url);
    await publish(15);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(10);
    fixture.clock.advance(29_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(10);
    const waiting = await fixture.deliveries(app, id, '?status=queued');
    expect(waiting.map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0]);
    fixture.clock.advance(1_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(11);
    receiver.answer = status(204);
    fixture.clock.advance(59_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(11);
    fixture.clock.advance(1_000);
    await fixture.deliverAll();
    await fixture.deliverAll();
    expect(receiver.requests.length).toBeGreaterThan(20);
    expect((await webhook(id)).status).toBe('active');
  });

  it('ends a failing streak with a success of the same batch', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number === 1 ? 400 : 204).end();
    };
    const id = await fixture.createWebhook(app, receiver.url);
    await publish(2);
    await fixture.deliverAll();
    await fixture.settled();
    expect(receiver.requests).toHaveLength(2);
    expect(await webhook(id)).toMatchObject({ status: 'active', failing_since: null });
  });

  it('shares one breaker among processes: failures in a row, and what the others counted', async () => {
    const receiver = await fixture.receiver();
    const id = uuidOf(await fixture.createWebhook(app, receiver.url));
    const processes = [1, 2].map(
      () => new EndpointTracker(fixture.database, fixture.clock, fixture.app.get(WebhookNotices)),
    );
    const delivery = { is_test: false, attempt: 1 } as ClaimedDelivery;
    const note = async (process: number, status: number): Promise<boolean | undefined> => {
      const endpoint = await loadEndpoint(fixture.database, id, fixture.clock.date());
      if (!endpoint) throw new Error('gone');
      const outcome: DeliveryOutcome =
        status < 300
          ? { kind: 'succeeded', status }
          : { kind: 'retry', status, error: 'http_5xx', retryAfterMs: null, pauseMs: null };
      return processes[process]?.note(endpoint, delivery, outcome, 1);
    };
    const breaker = async () =>
      (await loadEndpoint(fixture.database, id, fixture.clock.date()))?.breaker;
    for (let n = 0; n < 4; n++) expect(await note(0, 204)).toBe(false);
    for (let n = 0; n < 2; n++) await note(1, 500);
    expect(await breaker()).toMatchObject({ window: [{ attempts: 2, failures: 2 }] });
    for (let n = 0; n < 7; n++) expect(await note(n % 2, 500)).toBe(false);
    expect(await breaker()).toMatchObject({
      consecutiveFailures: 9,
      window: [{ attempts: 13, failures: 9 }],
    });
    expect(await note(1, 500)).toBe(true);
    expect(await breaker()).toMatchObject({ phase: 'open' });
  });

  it('gives up a probe whose worker died, and sends another', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    const id = uuidOf(await fixture.createWebhook(app, receiver.url));
    await publish(11);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(10);
    fixture.clock.advance(30_000);
    const endpoint = await loadEndpoint(fixture.database, id, fixture.clock.date());
    if (!endpoint) throw new Error('gone');
    const probe = await fixture.app.get(LaneClaims).one(endpoint, 'probe');
    expect(probe?.deliveries).toHaveLength(1);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(10);
    receiver.answer = status(204);
    fixture.clock.advance(25_001);
    await fixture.tick();
    await fixture.deliverAll();
    await fixture.deliverAll();
    expect(receiver.requests.length).toBeGreaterThanOrEqual(11);
    expect((await app.api.get(`/v1/webhooks/${encodeId('wh', id)}`)).body.status).toBe('active');
  });

  it('tells the age of the oldest due delivery, also behind a thousand of a paused endpoint', async () => {
    const receiver = await fixture.receiver();
    const paused = uuidOf(await fixture.createWebhook(app, receiver.url));
    await publish();
    await fixture.relay();
    await fixture.database.execute(
      `INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
       SELECT gen_random_uuid(), webhook_id, tenant_id, event_id, due_at, first_queued_at
       FROM webhook_pending, generate_series(1, 1000)`,
    );
    await fixture.database.execute('UPDATE webhook SET paused_until = $2 WHERE id = $1', [
      paused,
      new Date(fixture.clock.now() + hourMs),
    ]);
    fixture.clock.advance(1_000);
    await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    fixture.clock.advance(7_000);
    const { text } = await fixture.app.operator.get('/metrics');
    expect(text).toContain('webhook_oldest_due_seconds{queue="lane"} 7');
  });

  it('[W23] disables after five days of failures, with notices; neither tests nor one burst do', async () => {
    const [receiver, watcher] = [await fixture.receiver(), await fixture.receiver()];
    receiver.answer = status(400);
    const id = await fixture.createWebhook(app, receiver.url);
    await fixture.createWebhook(app, watcher.url, {
      events: ['webhook.failing', 'webhook.disabled'],
    });
    for (let n = 0; n < 20; n++) await app.api.post(`/v1/webhooks/${id}/test`);
    await fixture.runTests();
    expect((await webhook(id)).failing_since).toBeNull();
    await publish(12);
    await fixture.deliverAll();
    expect((await webhook(id)).status).toBe('failing');
    for (let hour = 0; hour <= 126; hour += 6) {
      fixture.clock.advance(6 * hourMs);
      if (hour % 48 === 0) await fixture.maintain();
      await publish();
      await fixture.deliverAll();
      await fixture.deliverAll();
    }
    expect(await webhook(id)).toMatchObject({ enabled: false, disabled_reason: 'failing' });
    expect(
      watcher.requests.map(({ body }) => {
        const { type, data } = JSON.parse(body.toString());
        return [type, data.failing_hours ?? data.disabled_reason];
      }),
    ).toEqual([
      ['webhook.failing', 24],
      ['webhook.failing', 72],
      ['webhook.disabled', 'failing'],
    ]);
    receiver.answer = status(204);
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: true } });
    expect(await webhook(id)).toMatchObject({ status: 'active', failing_since: null });
  });

  it('[W16] serves first attempts before retries, four to one', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(400);
    const id = await fixture.createWebhook(app, receiver.url, { ordering: 'best_effort' });
    await publish(8);
    await fixture.deliverAll();
    fixture.clock.advance(10_000);
    await publish(16);
    await fixture.relay();
    const claimed = await claimDue(fixture.database, {
      webhookId: uuidOf(id),
      version: 1,
      lease: '00000000-0000-4000-8000-000000000001',
      leaseUntil: new Date(fixture.clock.now() + 25_000),
      now: fixture.clock.date(),
      limit: 10,
    });
    const order = claimed.map(({ attempt }) => (attempt === 1 ? 'first' : 'retry')).join(' ');
    expect(order).toBe('first first first first retry first first first first retry');
  });

  it('keeps a strict order: what comes later waits for the head', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number === 1 ? 500 : 204).end();
    };
    await fixture.createWebhook(app, receiver.url, { ordering: 'strict' });
    for (let n = 0; n < 3; n++) {
      await publish();
      fixture.clock.advance(1);
    }
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    fixture.clock.advance(6_000);
    await fixture.deliverAll();
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids[0]).toBe(ids[1]);
    expect(ids.slice(1)).toEqual([...ids.slice(1)].sort());
    expect(ids).toHaveLength(4);
  });

  it('[W7] [W5] loses a result with its lease; the sweeper tells of it and sends again at once', async () => {
    const receiver = await fixture.receiver();
    const held: ServerResponse[] = [];
    receiver.answer = (_request, response) => {
      held.push(response);
    };
    const id = await fixture.createWebhook(app, receiver.url);
    // An endpoint that has answered before is sent two at once.
    const hold = receiver.answer;
    receiver.answer = status(204);
    await publish();
    await fixture.deliverAll();
    receiver.answer = hold;
    fixture.clock.advance(1);
    await publish();
    await fixture.relay();
    const lane = fixture.lane(id);
    await receiver.received(2);
    fixture.clock.advance(26_000);
    // The lane is still at work and takes it up itself.
    receiver.answer = status(204);
    await fixture.tick();
    await fixture.deliverAll();
    await receiver.received(3);
    held[0]?.writeHead(500).end();
    await lane;
    // Where the lane's turn was over before, the late answer is dealt with behind it.
    await fixture.settled();
    const [delivery] = await fixture.deliveries(app, id, '?include=attempts');
    expect(delivery).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect((delivery as never as { attempt_list: { outcome: string }[] }).attempt_list).toEqual([
      expect.objectContaining({ outcome: 'interrupted' }),
      expect.objectContaining({ outcome: 'succeeded' }),
    ]);
    expect(
      new Set(receiver.requests.slice(1).map(({ headers }) => headers['webhook-id'])).size,
    ).toBe(1);
    const metrics = await fixture.app.operator.get('/metrics');
    expect(metrics.text).toContain('webhook_interrupted_total 1');
    expect(metrics.text).toContain('webhook_fence_rejects_total 1');
    expect(metrics.text).toContain('webhook_attempts_total{outcome="succeeded"} 2');
  });

  it('[W25] does not send again because a result cannot be written', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    await fixture.database.execute('ALTER TABLE webhook_attempt RENAME TO webhook_attempt_gone');
    receiver.answer = async (_request, response) => {
      response.writeHead(204).end();
      await once(response, 'close').catch(() => undefined);
    };
    const lane = fixture.lane(id);
    await receiver.received(1);
    await fixture.deliverAll();
    await fixture.database.execute('ALTER TABLE webhook_attempt_gone RENAME TO webhook_attempt');
    await lane;
    expect(receiver.requests).toHaveLength(1);
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'succeeded',
      attempts: 1,
    });
  });

  it('spends no attempt where the signing key cannot be opened', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    // As sealed under a key-encryption key that this process was not given.
    await fixture.database.execute(`UPDATE webhook_key SET cipher = '\\x00'`);
    await expect(fixture.lane(id)).rejects.toThrow();
    expect(await fixture.database.query('SELECT attempt, lease FROM webhook_pending')).toEqual([
      { attempt: 0, lease: null },
    ]);
  });

  it('[W7] records nothing for a lease that is not the row’s', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    const [pending] = await fixture.database.query<{ delivery_id: string }>(
      'SELECT delivery_id FROM webhook_pending WHERE webhook_id = $1',
      [uuidOf(id)],
    );
    const [owner, zombie] = [randomUUID(), randomUUID()];
    const attempt = {
      deliveryId: pending?.delivery_id ?? '',
      lease: zombie,
      number: 1,
      startedAt: fixture.clock.date(),
      durationMs: 1,
      outcome: 'http_5xx',
      responseStatus: 500,
      url: receiver.url,
      remoteIp: null,
      responseBody: null,
      responseHeaders: {},
      retryAfterSeconds: null,
      truncated: false,
      keyIds: [],
      worker: 'zombie',
      status: storedStatus.retrying,
      reason: null,
      dueAt: fixture.clock.date(),
    };
    const now = fixture.clock.date();
    const lost = { recorded: new Set(), locked: new Set() };
    expect(await recordAttempts(fixture.database, [attempt], now)).toEqual(lost);
    expect((await fixture.deliveries(app, id))[0]?.status).toBe('queued');

    // Nor beside the result of the one that has it.
    await fixture.database.execute('UPDATE webhook_pending SET lease = $1, attempt = 2', [owner]);
    const second = {
      ...attempt,
      lease: owner,
      number: 2,
      outcome: 'succeeded',
      responseStatus: 200,
      status: storedStatus.succeeded,
      dueAt: null,
    };
    const both = [attempt, second, { ...attempt, lease: randomUUID() }];
    expect(await recordAttempts(fixture.database, both, now)).toEqual({
      ...lost,
      recorded: new Set([second]),
    });
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'succeeded',
      attempts: 2,
    });
  });

  it('skips what is over the tenant’s quota, visibly, and tells the tenant of its backlog', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await fixture.database.execute(
      `INSERT INTO webhook_tenant_load (tenant_id, pending, measured_at) VALUES ($1, 1000000, $2)`,
      [app.tenant.id, fixture.clock.date()],
    );
    await publish();
    await fixture.deliverAll();
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'skipped',
      reason: 'over_quota',
    });
    await fixture.maintain();
    await publish();
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
  });
});
