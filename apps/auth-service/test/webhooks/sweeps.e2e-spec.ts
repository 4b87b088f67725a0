import { Ids, Database } from '#libs/foundation';
import { IdempotencyStore } from '#libs/guards';
import { uuidOf, WebhookFixture } from './webhook-fixture.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('maintenance', () => {
  let fixture: WebhookFixture;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
  });

  afterEach(() => fixture.stop());

  const count = async (table: string): Promise<number> => {
    const rows = await fixture.app.get(Database).query(`SELECT FROM ${table}`);
    return rows.length;
  };

  it('destroys a secret once its overlap is over', async () => {
    const app = await fixture.createApp();
    const id = await fixture.createWebhook(app, (await fixture.receiver()).url);
    const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    await app.api.put(`/v1/webhooks/${id}`, {
      body: { secret: other, secret_overlap_seconds: 3_600 },
    });
    fixture.clock.advance(hourMs - 1);
    await fixture.maintain();
    expect(await count('webhook_key')).toBe(2);
    fixture.clock.advance(1);
    await fixture.maintain();
    expect(await count('webhook_key')).toBe(1);
    const { body } = await app.api.get(`/v1/webhooks/${id}`);
    expect(body.secret_hint).toBe(other.slice(-4));
  });

  it('ends and forgets recoveries with the deliveries they were of', async () => {
    const app = await fixture.createApp();
    const id = await fixture.createWebhook(app, (await fixture.receiver()).url);
    for (const status of ['finished', 'running'])
      await fixture.database.execute(
        `INSERT INTO webhook_recovery (id, webhook_id, tenant_id, since, until, statuses, status, created_at)
         VALUES ($1, $2, $3, $4, $4, '{3}', $5, $4)`,
        [fixture.app.get(Ids).uuid(), uuidOf(id), app.tenant.id, fixture.clock.date(), status],
      );
    fixture.clock.advance(30 * dayMs);
    await fixture.maintain();
    expect(await count('webhook_recovery')).toBe(2);
    fixture.clock.advance(dayMs);
    await fixture.maintain();
    expect(await count('webhook_recovery')).toBe(0);
  });

  it('forgets what is over a thousand rows at a time, until nothing is', async () => {
    const over = fixture.clock.date();
    await fixture.database.execute(
      `INSERT INTO event_dedupe (tenant_id, producer, key, body_hash, event_id, expires_at)
       SELECT 'ten', 'test', n::text, '', gen_random_uuid(), $1::timestamptz + (n > 2500)::int * interval '1 day'
       FROM generate_series(1, 2501) n`,
      [over],
    );
    await fixture.database.execute(
      `INSERT INTO idempotency_key (tenant_id, actor, route, key, request_hash, locked_until, created_at, expires_at, body, replay_until)
       SELECT 'ten', 'me', 'there', n::text, '', $1, $1, $1::timestamptz + (n > 1200)::int * interval '1 day', 'x', $1
       FROM generate_series(1, 2500) n`,
      [over],
    );
    await fixture.maintain();
    await fixture.app.get(IdempotencyStore).prune();
    expect(await fixture.database.query('SELECT key FROM event_dedupe')).toEqual([{ key: '2501' }]);
    const keys = await fixture.database.query('SELECT DISTINCT body FROM idempotency_key');
    expect([await count('idempotency_key'), keys]).toEqual([1_300, [{ body: null }]]);
  });
});
