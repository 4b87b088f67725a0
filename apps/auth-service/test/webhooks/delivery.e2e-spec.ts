import { status } from '#libs/testing';
import { Database, decodeId, encodeId, uuidTime } from '#libs/foundation';
import { EventPublisher } from '#libs/events';
import { deliveryId } from '../../src/modules/webhooks/deliveries/delivery-id.js';
import {
  type AppUnderTest,
  isSignedBy,
  secret,
  uuidOf,
  WebhookFixture,
} from './webhook-fixture.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const otherSecret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('deliveries', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  const publish = async (members: Record<string, unknown> = {}): Promise<string> => {
    const answer = await fixture.publish(app.tenant.id, members);
    if (answer.status !== 202) throw new Error(answer.text);
    return String(answer.body.id);
  };

  it('[W2] are none for an event of a rolled-back transaction', async () => {
    const receiver = await fixture.receiver();
    await fixture.createWebhook(app, receiver.url);
    const publisher = fixture.app.get(EventPublisher);
    const event = { tenantId: app.tenant.id, producer: 'test', type: 'incident.updated', data: {} };
    await expect(
      fixture.database.transaction(async (transaction) => {
        await publisher.publish(transaction, event);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const kept = await publish();
    await fixture.deliverAll();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([kept]);
  });

  it('[W3] reach an event whose lower id commits after a higher one was relayed', async () => {
    const receiver = await fixture.receiver();
    await fixture.createWebhook(app, receiver.url);
    const publisher = fixture.app.get(EventPublisher);
    const event = { tenantId: app.tenant.id, producer: 'test', type: 'incident.updated', data: {} };
    const database: Database = fixture.database;
    const higher = await database.transaction(async (slow) => {
      const lower = await publisher.publish(slow, event);
      const second = await database.transaction((quick) => publisher.publish(quick, event));
      expect(lower.id < second.id).toBe(true);
      await fixture.deliverAll();
      return { lower, second };
    });
    await fixture.deliverAll();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([
      higher.second.id,
      higher.lower.id,
    ]);
  });

  it('[W10] [W11] [W12] keep the id on a retry, but take its own time and today’s keys', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number === 1 ? 503 : 204).end();
    };
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    await app.api.put(`/v1/webhooks/${id}`, {
      body: { secret: otherSecret, secret_overlap_seconds: 0 },
    });
    fixture.clock.advance(10 * minuteMs);
    await fixture.deliverAll();
    const [first, second] = receiver.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(
      Number(second?.headers['webhook-timestamp']) - Number(first?.headers['webhook-timestamp']),
    ).toBe(600);
    expect(second?.headers['x-knogin-attempt']).toBe('2');
    expect([isSignedBy(secret, first), isSignedBy(secret, second)]).toEqual([true, false]);
    expect(isSignedBy(otherSecret, second)).toBe(true);
    expect(second?.body).toEqual(first?.body);
  });

  it('[W20] make exactly ten attempts at the documented offsets, then fail as exhausted', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(400);
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    const startedAt = fixture.clock.now();
    const offsets: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt++) {
      await fixture.deliverAll();
      const [delivery] = await fixture.deliveries(app, id);
      if (receiver.requests.length === attempt) offsets.push(fixture.clock.now() - startedAt);
      if (!delivery?.next_attempt_at) break;
      fixture.clock.set(Date.parse(delivery.next_attempt_at));
    }
    const ladder = [5_000, 5 * minuteMs, 30 * minuteMs, 2, 5, 10, 14, 20, 24].map((step, index) =>
      index < 3 ? step : step * hourMs,
    );
    expect(offsets).toHaveLength(10);
    expect(receiver.requests).toHaveLength(10);
    ladder.forEach((step, index) => {
      const gap = (offsets[index + 1] ?? 0) - (offsets[index] ?? 0);
      expect(gap).toBeGreaterThanOrEqual(step * 0.9 - 1);
      expect(gap).toBeLessThanOrEqual(step * 1.1 + 1);
    });
    expect((await fixture.deliveries(app, id))[0]).toMatchObject({
      status: 'failed',
      reason: 'exhausted',
      attempts: 10,
    });
  });

  it('[W26] [W27] [W28] carry the bytes of data as they were sent', async () => {
    const receiver = await fixture.receiver();
    await fixture.createWebhook(app, receiver.url);
    const data =
      '{ "b":1, "a":1E2,"a":12345678901234567890,"text":"Grüße 🚒 \\u0000 \\ud800","z":[ ] }';
    const answer = await fixture.operator.post('/v1/events', {
      body: `{"tenant_id":"${app.tenant.id}","type":"incident.updated","data":${data}}`,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(202);
    await fixture.deliverAll();
    const [request] = receiver.requests;
    expect(request?.body.toString()).toBe(
      `{"id":"${answer.body.id}","type":"incident.updated","timestamp":"${fixture.clock.date().toISOString()}","tenant_id":"${app.tenant.id}","data":${data}}`,
    );
    expect(isSignedBy(secret, request)).toBe(true);
  });

  it('send the fixed set of headers and no other [W34]', async () => {
    const receiver = await fixture.receiver();
    await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    expect(Object.keys(receiver.requests[0]?.headers ?? {}).sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'webhook-id',
      'webhook-signature',
      'webhook-timestamp',
      'x-knogin-attempt',
      'x-knogin-delivery',
    ]);
  });

  it('[W31] verify under both keys at +23 h of a rotation, and not under the old at +25 h', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await app.api.put(`/v1/webhooks/${id}`, { body: { secret: otherSecret } });
    fixture.clock.advance(23 * hourMs);
    await publish();
    await fixture.deliverAll();
    fixture.clock.advance(2 * hourMs);
    await publish();
    await fixture.deliverAll();
    const [before, after] = receiver.requests;
    expect([isSignedBy(secret, before), isSignedBy(otherSecret, before)]).toEqual([true, true]);
    expect([isSignedBy(secret, after), isSignedBy(otherSecret, after)]).toEqual([false, true]);
    expect(String(before?.headers['webhook-signature']).split(' ')).toHaveLength(2);
  });

  it('[W48] stop with the approval, also between two attempts', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = status(500);
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    await fixture.database.execute(
      `UPDATE platform_app SET governance = '{"allowed_events":[]}' WHERE id = $1`,
      [app.id],
    );
    await publish();
    fixture.clock.advance(10_000);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({ status: 'canceled', reason: 'approval_revoked', attempts: 1 }),
    ]);
  });

  it('[W49] are none of events from before the subscription', async () => {
    const receiver = await fixture.receiver();
    await publish();
    fixture.clock.advance(1);
    await fixture.createWebhook(app, receiver.url);
    const second = await publish();
    await fixture.deliverAll();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([second]);
  });

  it('[W50] page stably while others are inserted', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    for (let n = 0; n < 6; n++) {
      await publish();
      fixture.clock.advance(1);
    }
    await fixture.deliverAll();
    const all = (await fixture.deliveries(app, id)).map((delivery) => delivery.id);
    const path = `/v1/webhooks/${id}/deliveries?limit=3`;
    const first = await app.api.get(path);
    await publish();
    await fixture.deliverAll();
    const second = await app.api.get(`${path}&cursor=${first.body.next_cursor}`);
    expect(
      [...first.body.deliveries, ...second.body.deliveries].map((delivery) => delivery.id),
    ).toEqual(all);
    const foreign = await fixture.createWebhook(app, receiver.url);
    for (const wrong of [
      `/v1/webhooks/${foreign}/deliveries?limit=3&cursor=${first.body.next_cursor}`,
      `${path}&status=failed&cursor=${first.body.next_cursor}`,
      `${path}&status=nonsense`,
      `${path}&colour=blue`,
      `${path}&since=yesterday`,
      '/v1/webhooks/' + id + '/deliveries?limit=101',
    ])
      expect((await app.api.get(wrong)).status).toBe(400);
  });

  it('[W50] page on in whatever order the statuses are named', async () => {
    const { url } = await fixture.receiver();
    const id = await fixture.createWebhook(app, url);
    for (let n = 0; n < 2; n++) await publish();
    await fixture.deliverAll();
    const path = `/v1/webhooks/${id}/deliveries?limit=1`;
    const { body: first } = await app.api.get(`${path}&status=failed&status=succeeded`);
    const next = `&cursor=${first.next_cursor}`;
    const second = await app.api.get(`${path}&status=succeeded&status=failed&status=failed${next}`);
    expect(second.body.deliveries).toHaveLength(1);
    expect(second.body.deliveries).not.toEqual(first.deliveries);
  });

  it('[W52] of a disabled webhook are recorded, and can be replayed', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.relay();
    fixture.clock.advance(1);
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: false } });
    await publish();
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(0);
    expect(await fixture.deliveries(app, id)).toEqual([
      expect.objectContaining({ status: 'skipped', reason: 'webhook_disabled' }),
      expect.objectContaining({ status: 'paused' }),
    ]);
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: true } });
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    const [skipped] = await fixture.deliveries(app, id, '?status=skipped');
    const replay = await app.api.post(`/v1/webhooks/${id}/deliveries/${skipped?.id}/redeliver`);
    expect([replay.status, replay.body.trigger, replay.body.event_id]).toEqual([
      202,
      'manual',
      skipped?.event_id,
    ]);
    expect(replay.headers.location).toBe(`/v1/webhooks/${id}/deliveries/${replay.body.id}`);
    await fixture.deliverAll();
    expect(receiver.requests[1]?.headers['webhook-id']).toBe(skipped?.event_id);
  });

  it('[W21] [W22] are replayed as often as asked, but never beside a pending one', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number === 1 ? 500 : 204).end();
    };
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    const [first] = await fixture.deliveries(app, id);
    const path = `/v1/webhooks/${id}/deliveries/${first?.id}/redeliver`;
    expect((await app.api.post(path)).body.code).toBe('delivery_pending');
    fixture.clock.advance(10_000);
    await fixture.deliverAll();
    for (let n = 0; n < 2; n++) {
      const both = await Promise.all([app.api.post(path), app.api.post(path)]);
      expect(both.map((answer) => answer.status).sort()).toEqual([202, 409]);
      await fixture.deliverAll();
    }
    expect(receiver.requests).toHaveLength(4);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('are not replayed without approval, for a suspended app, as a test, or with a body', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    await publish();
    await fixture.deliverAll();
    const [first] = await fixture.deliveries(app, id);
    const path = `/v1/webhooks/${id}/deliveries/${first?.id}/redeliver`;
    expect((await app.api.post(path, { body: { force: true } })).body.errors).toEqual([
      expect.objectContaining({ pointer: '/force', code: 'unknown_member' }),
    ]);

    const allow = (types: string | null): Promise<number> =>
      fixture.database.execute(
        `UPDATE platform_app SET governance = jsonb_set(governance, '{allowed_events}', $2::jsonb) WHERE id = $1`,
        [app.id, types ?? 'null'],
      );
    await allow('[]');
    const refused = await app.api.post(path);
    expect([refused.status, refused.body.code, refused.body.events]).toEqual([
      403,
      'event_not_approved',
      ['incident.updated'],
    ]);
    await allow(null);
    const suspend = (to: string): Promise<number> =>
      fixture.database.execute('UPDATE platform_app SET status = $2 WHERE id = $1', [app.id, to]);
    await suspend('suspended');
    expect((await app.tenant.admin.post(path)).body.code).toBe('app_suspended');
    await suspend('active');

    const test = await app.api.post(`/v1/webhooks/${id}/test`);
    await fixture.runTests();
    const again = await app.api.post(
      `/v1/webhooks/${id}/deliveries/${test.body.delivery_id}/redeliver`,
    );
    expect([again.status, again.body.code]).toEqual([409, 'test_not_replayable']);
    expect((await app.api.get(`/v1/webhooks/${id}?verbose=1`)).body.code).toBe('invalid_parameter');
  });

  it('of an event for an app that the tenant has not are refused when it is published', async () => {
    const stranger = await fixture.createApp();
    for (const app_id of [stranger.id, 'app_1']) {
      const answer = await fixture.publish(app.tenant.id, { app_id });
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, '/app_id']);
    }
    expect((await fixture.publish(app.tenant.id, { app_id: app.id })).status).toBe(202);
  });

  it('go to the new URL after a change, soon, and are canceled when unsubscribed', async () => {
    const [old, next] = [await fixture.receiver(), await fixture.receiver()];
    old.answer = status(500);
    const id = await fixture.createWebhook(app, old.url, {
      events: ['incident.updated', 'incident.closed'],
    });
    await publish();
    await publish({ type: 'incident.closed' });
    await fixture.deliverAll();
    fixture.clock.advance(6_000);
    await fixture.deliverAll();
    expect(old.requests).toHaveLength(4);
    // The third attempt would be due in five minutes.
    await app.api.put(`/v1/webhooks/${id}`, {
      body: { url: next.url, events: ['incident.updated'] },
    });
    fixture.clock.advance(6_000);
    await fixture.deliverAll();
    expect(next.requests).toHaveLength(1);
    const seen = await fixture.deliveries(app, id, '?include=attempts');
    expect(seen.map(({ status: shown, reason }) => [shown, reason]).sort()).toEqual([
      ['canceled', 'unsubscribed'],
      ['succeeded', null],
    ]);
    const [done] = await fixture.deliveries(app, id, '?status=succeeded');
    const { body } = await app.api.get(`/v1/webhooks/${id}/deliveries/${done?.id}`);
    expect(body.attempt_list).toEqual([
      expect.objectContaining({
        number: 1,
        outcome: 'failed',
        url: old.url,
        response_status: 500,
        error: { class: 'http_5xx', message: 'The receiver answered with a 5xx status.' },
      }),
      expect.objectContaining({ number: 2, outcome: 'failed', url: old.url }),
      expect.objectContaining({ number: 3, outcome: 'succeeded', url: next.url, error: null }),
    ]);
  });

  it('deduplicate by key per tenant and producer; another content is a conflict [W51]', async () => {
    const first = await fixture.publish(app.tenant.id, { dedupe_key: 'k', data: { a: 1 } });
    const again = await fixture.publish(app.tenant.id, { dedupe_key: 'k', data: { a: 1 } });
    expect(again.body).toEqual({ id: first.body.id, duplicate: true });
    const changed = await fixture.publish(app.tenant.id, { dedupe_key: 'k', data: { a: 2 } });
    expect([changed.status, changed.body.code]).toEqual([409, 'dedupe_mismatch']);
    // Halves of a pair would be the same text in the database.
    const half = await fixture.publish(app.tenant.id, { dedupe_key: '\ud800' });
    expect([half.status, half.body.errors[0].pointer]).toEqual([422, '/dedupe_key']);
    const other = await fixture.createApp();
    const elsewhere = await fixture.publish(other.tenant.id, { dedupe_key: 'k', data: { a: 1 } });
    expect(elsewhere.body).toEqual({ id: expect.any(String), duplicate: false });
    expect(elsewhere.body.id).not.toBe(first.body.id);
    const producer = await fixture.app.asOperator('otto');
    const byOther = await producer.post('/v1/events', {
      body: { tenant_id: app.tenant.id, type: 'incident.updated', data: { a: 1 }, dedupe_key: 'k' },
    });
    expect(byOther.body).toEqual({ id: expect.any(String), duplicate: false });
  });

  it('refuse an event that is unknown, too large or of no tenant', async () => {
    expect((await fixture.publish(app.tenant.id, { type: 'no.such' })).body.code).toBe(
      'unknown_event',
    );
    expect((await fixture.publish('ten_X')).body.code).toBe('unknown_tenant');
    const large = await fixture.publish(app.tenant.id, { data: { x: 'x'.repeat(256 * 1024) } });
    expect([large.status, large.body.code]).toEqual([413, 'payload_too_large']);
  });

  it('[W54] are inserted once however often their event is fanned out', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    const event = decodeId('evt', await publish()) ?? '';
    await fixture.database.execute('CREATE TABLE kept AS SELECT * FROM event_outbox');
    await fixture.relay();
    expect(await fixture.database.query('SELECT id FROM webhook_delivery')).toEqual([
      { id: deliveryId(uuidTime(event), event, uuidOf(id)) },
    ]);
    await fixture.database.execute('INSERT INTO event_outbox SELECT * FROM kept');
    await fixture.relay();
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    expect(await fixture.deliveries(app, id)).toHaveLength(1);
  });

  it('are recovered for a span of time, oldest first, but for what arrived', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url, { enabled: false });
    const missed: string[] = [];
    const since = fixture.clock.date().toISOString();
    for (let n = 0; n < 3; n++) {
      missed.push(await publish());
      fixture.clock.advance(1_000);
    }
    await fixture.relay();
    await app.api.put(`/v1/webhooks/${id}`, { body: { enabled: true } });
    const [, second] = await fixture.deliveries(app, id);
    await app.api.post(`/v1/webhooks/${id}/deliveries/${second?.id}/redeliver`);
    await fixture.deliverAll();
    const {
      status: code,
      body,
      headers,
    } = await app.api.post(`/v1/webhooks/${id}/recover`, {
      body: { since },
    });
    const location = String(headers.location);
    expect(location).toBe(`/v1/webhooks/${id}/recover/${body.id}`);
    expect((await app.api.get(location)).body).toEqual(body);
    expect([code, body]).toEqual([
      202,
      {
        id: expect.stringMatching(/^rcv_/),
        status: 'running',
        since,
        until: fixture.clock.date().toISOString(),
        statuses: ['failed', 'skipped'],
        matched: 0,
        enqueued: 0,
        created_at: fixture.clock.date().toISOString(),
        finished_at: null,
      },
    ]);
    expect((await app.api.post(`/v1/webhooks/${id}/recover`, { body: { since } })).body.code).toBe(
      'recovery_running',
    );
    await fixture.recoverAll();
    const due = await fixture.database.query<{ event_id: string }>(
      'SELECT event_id FROM webhook_pending ORDER BY due_at',
    );
    expect(due.map(({ event_id }) => encodeId('evt', event_id))).toEqual([missed[0], missed[2]]);
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(3);
    const done = await app.api.get(location);
    expect(done.body).toEqual({
      ...body,
      status: 'finished',
      matched: 3,
      enqueued: 2,
      finished_at: fixture.clock.date().toISOString(),
    });
    const latest = await app.api.get(`/v1/webhooks/${id}/recover`);
    expect(latest.body).toEqual({ recoveries: [done.body] });
    const other = await fixture.createWebhook(app, receiver.url);
    expect((await app.api.get(location.replace(id, other))).status).toBe(404);
  });
});
