import { Drain } from '#libs/foundation';
import { Relay } from '../../src/modules/webhooks/worker/relay.js';
import { WebhookFixture } from './webhook-fixture.js';

describe('a process that stops', () => {
  it('has its worker stop beside its listeners, not after them', async () => {
    const fixture = await WebhookFixture.start({ environment: { WORKER_ROLE: 'all' } });
    const { database } = fixture;
    const app = await fixture.createApp();
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    const { closing, change } = await database.transaction(async (transaction) => {
      // A request that is under way for as long as this transaction.
      await transaction.query('SELECT FROM webhook FOR UPDATE');
      const waiting = app.api.put(`/v1/webhooks/${id}`, { body: { description: 'late' } });
      while ((await database.query('SELECT FROM pg_locks WHERE NOT granted')).length === 0);
      const closed = fixture.app.http.close(25_000);
      await fixture.app.get(Drain).stopWork();
      await database.execute(
        `INSERT INTO event_outbox (id, tenant_id, producer, type, occurred_at, created_at, body)
         VALUES (gen_random_uuid(), $1, 'test', 'incident.updated', $2, $2, '')`,
        [app.tenant.id, fixture.clock.date()],
      );
      fixture.app.get(Relay).wake();
      expect(await database.query('SELECT FROM event_outbox')).toHaveLength(1);
      return { closing: closed, change: waiting };
    });
    expect((await change).status).toBe(200);
    await closing;
    await receiver.close();
    await fixture.app.database.drop();
  });
});
