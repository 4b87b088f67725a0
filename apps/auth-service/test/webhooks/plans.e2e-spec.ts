import { createLogger, type Database, type Sql } from '#libs/foundation';
import { listDeliveries } from '../../src/modules/webhooks/deliveries/delivery-list.query.js';
import { claimDue, claimHead, claimOldest } from '../../src/modules/webhooks/worker/claim.query.js';
import { fanOut } from '../../src/modules/webhooks/worker/fan-out.query.js';
import { oldestInOutbox } from '../../src/modules/webhooks/worker/outbox.query.js';
import { Retention } from '../../src/modules/webhooks/worker/retention.js';
import { findDueLanes } from '../../src/modules/webhooks/worker/sweep.query.js';
import { WorkerSettings } from '../../src/modules/webhooks/worker/worker-settings.js';
import { planOf } from '../support/plan-of.js';
import { uuidOf, WebhookFixture } from './webhook-fixture.js';

describe('the plans of PostgreSQL', () => {
  let fixture: WebhookFixture;
  let webhookId: string;

  /** Fifty webhooks, one of them with ten times the pending deliveries of all others. */
  beforeAll(async () => {
    fixture = await WebhookFixture.start();
    const app = await fixture.createApp();
    webhookId = uuidOf(await fixture.createWebhook(app, (await fixture.receiver()).url));
    await fixture.database.execute(
      `INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, attempt, first_queued_at)
       SELECT gen_random_uuid(), CASE WHEN n % 11 > 0 THEN $1::uuid ELSE md5((n % 550)::text)::uuid END, $2,
         gen_random_uuid(), $3::timestamptz - n * interval '1 ms', (n % 7 = 0)::int, $3
       FROM generate_series(1, 11000) n`,
      [webhookId, app.tenant.id, fixture.clock.date()],
    );
    await fixture.database.execute(
      `UPDATE webhook_pending SET lease = gen_random_uuid(), lease_until = $1
       WHERE delivery_id IN (SELECT delivery_id FROM webhook_pending LIMIT 20)`,
      [fixture.clock.date()],
    );
  });

  afterAll(() => fixture.stop());

  const explain = (run: (explaining: Sql) => Promise<unknown>): Promise<string> =>
    planOf(fixture.database, run);

  const first =
    /Index Cond: \(\(webhook_id = \S+\) AND \(\(attempt > 0\) = false\) AND \(due_at <= \$\d\)\)/;
  const retry =
    /Index Cond: \(\(webhook_id = \S+\) AND \(\(attempt > 0\) = true\) AND \(due_at <= \$\d\)\)/;

  /** Either index holds nothing else. */
  const leased = / webhook_pending_leased?\b/;

  it('look the approval of a delivery up, instead of holding each against each', async () => {
    const round = { perTenant: 50, limit: 200, targets: 5_000, quota: 1_000_000 };
    const plan = await explain((sql) => fanOut(sql, { ...round, now: fixture.clock.date() }));
    const [target = ''] = /CTE target\n[^]*?CTE delivery/.exec(plan) ?? [];
    expect(target).toContain('CTE Scan on approvals');
    expect(target).not.toContain('CTE Scan on approved');
  });

  it('find the oldest event by its id, however many wait', async () => {
    expect(await explain(oldestInOutbox)).toContain('event_outbox_pkey');
  });

  it('expire what has waited too long without a look at the days that are kept', async () => {
    const { app, clock } = fixture;
    const logger = createLogger({ name: 'test', level: 'silent' });
    const plan = await explain((sql) =>
      new Retention(sql as Database, clock, app.get(WorkerSettings), logger).runOnce(),
    );
    expect(plan).toContain('Update on webhook_delivery');
    expect(plan).not.toMatch(/webhook_delivery_\d{8}/);
  });

  for (const isAnalysed of [false, true]) {
    describe(isAnalysed ? 'with statistics' : 'without statistics', () => {
      beforeAll(async () => {
        if (isAnalysed) await fixture.database.execute('ANALYZE webhook_pending');
      });

      it('claim what is due in its order, whatever else is pending', async () => {
        const now = fixture.clock.date();
        const claim = { webhookId, version: 1, lease: webhookId, leaseUntil: now, now, limit: 50 };
        const plan = await explain((sql) => claimDue(sql, claim));
        expect(plan).toMatch(first);
        expect(plan).toMatch(retry);
        expect(plan).not.toContain('Seq Scan on webhook_pending');
      });

      it('claim the oldest for a probe as they claim what is due, and the head of a strict order by its own', async () => {
        const now = fixture.clock.date();
        const claim = { webhookId, lease: webhookId, leaseUntil: now, now };
        const oldest = await explain((sql) => claimOldest(sql, claim));
        expect(oldest).toMatch(first);
        expect(oldest).toMatch(retry);
        const head = await explain((sql) => claimHead(sql, claim));
        expect(head).toContain('using webhook_pending_order');
        for (const plan of [oldest, head]) expect(plan).toMatch(leased);
      });

      it('know what is under way without the rest', async () => {
        const filter = { statuses: ['delivering'] } as const;
        const plan = await explain((sql) =>
          listDeliveries(sql, { id: webhookId, enabled: true }, filter, 20),
        );
        expect(plan).toMatch(leased);
      });

      it('look for lanes with due work from webhook to webhook', async () => {
        const plan = await explain((sql) =>
          findDueLanes(sql, fixture.clock.date(), undefined, 100),
        );
        expect(plan).toMatch(first);
        expect(plan).toMatch(retry);
        expect(plan).not.toContain('Seq Scan on webhook_pending');
      });
    });
  }
});
