import { status } from '#libs/testing';
import { type AppUnderTest, type DeliverySeen, uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('the list of deliveries', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let id: string;

  beforeAll(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    const receiver = await fixture.receiver();
    const types = ['incident.updated', 'incident.closed'];
    id = await fixture.createWebhook(app, receiver.url, { events: types });
    const publish = async (answer: number): Promise<void> => {
      receiver.answer = status(answer);
      for (const type of types) {
        await fixture.publish(app.tenant.id, { type });
        fixture.clock.advance(1);
      }
    };
    for (const answer of [204, 500]) {
      await publish(answer);
      await fixture.deliverAll();
    }
    await publish(204);
    await fixture.relay();
    await app.api.post(`/v1/webhooks/${id}/test`);
    // One of the two that wait is under way, one of the two that failed is done with.
    await fixture.database.execute(
      `UPDATE webhook_pending SET lease = gen_random_uuid(), lease_until = now()
       WHERE delivery_id = (SELECT id FROM webhook_delivery WHERE status = 0 AND NOT is_test ORDER BY id LIMIT 1)`,
    );
    const [failed] = await fixture.database.query<{ id: string }>(
      'UPDATE webhook_delivery SET status = 3, reason = 1 WHERE id = (SELECT min(id::text)::uuid FROM webhook_delivery WHERE status = 1) RETURNING id',
    );
    await fixture.database.execute('DELETE FROM webhook_pending WHERE delivery_id = $1', [
      failed?.id,
    ]);
  });

  afterAll(() => fixture.stop());

  const list = (query: string): Promise<DeliverySeen[]> => fixture.deliveries(app, id, query);
  const setEnabled = (enabled: boolean) =>
    fixture.database.execute('UPDATE webhook SET enabled = $2 WHERE id = $1', [
      uuidOf(id),
      enabled,
    ]);
  const statuses = 'queued delivering retrying paused succeeded failed canceled skipped'.split(' ');

  it.each([true, false])(
    'is all deliveries that fit the filters, newest first, of a webhook enabled: %s',
    async (enabled) => {
      await setEnabled(enabled);
      const all = await list('');
      expect(new Set(all.map((delivery) => delivery.status))).toEqual(
        new Set(
          enabled
            ? ['succeeded', 'failed', 'retrying', 'delivering', 'queued']
            : ['succeeded', 'failed', 'paused', 'delivering', 'queued'],
        ),
      );
      const sets = [...statuses.map((one) => [one]), ['delivering', 'paused', 'failed'], statuses];
      for (const wanted of sets)
        for (const event of [undefined, 'incident.updated', 'incident.closed', 'incident.created'])
          for (const test of [undefined, true, false]) {
            const query = new URLSearchParams(
              wanted.map((one): [string, string] => ['status', one]),
            );
            if (event !== undefined) query.set('event', event);
            if (test !== undefined) query.set('test', String(test));
            const fitting = all.filter(
              (one) =>
                wanted.includes(one.status) &&
                (event === undefined || one.event === event) &&
                (test === undefined || one.test === test),
            );
            expect([String(query), await list(`?${String(query)}`)]).toEqual([
              String(query),
              fitting,
            ]);
          }
      const closed = all.filter(({ event }) => event === 'incident.closed');
      expect(await list('?event=incident.closed')).toEqual(closed);
      const [one] = closed;
      expect(await list(`?event_id=${one?.event_id}`)).toEqual([one]);
    },
  );

  it('reads times before 1970 as 1970', async () => {
    const all = await list('');
    expect(await list('?since=0001-01-01T00:00:00Z')).toEqual(all);
    expect(await list('?until=0001-01-01T00:00:00Z')).toEqual([]);
    expect(await list('?since=1969-12-31T23:59:59.999Z')).toEqual(all);
  });
});
