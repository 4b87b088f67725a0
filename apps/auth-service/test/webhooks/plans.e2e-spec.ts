import type { Sql } from '#libs/foundation';
import { claimDue } from '../../src/modules/webhooks/worker/claim.query.js';
import { findDueLanes } from '../../src/modules/webhooks/worker/sweep.query.js';
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
  });

  afterAll(() => fixture.stop());

  /** Tells the plan of a statement instead of running it. */
  async function planOf(run: (explaining: Sql) => Promise<unknown>): Promise<string> {
    const plan: string[] = [];
    const explaining: Sql = {
      query: async (statement) => {
        const text = typeof statement === 'string' ? statement : statement.text;
        const rows = await fixture.database.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN (GENERIC_PLAN, COSTS OFF) ${text}`,
        );
        plan.push(...rows.map((row) => row['QUERY PLAN']));
        return [];
      },
      execute: () => Promise.reject(new Error('nothing to explain')),
    };
    await run(explaining);
    return plan.join('\n');
  }

  const first =
    /Index Cond: \(\(webhook_id = \S+\) AND \(\(attempt > 0\) = false\) AND \(due_at <= \$\d\)\)/;
  const retry =
    /Index Cond: \(\(webhook_id = \S+\) AND \(\(attempt > 0\) = true\) AND \(due_at <= \$\d\)\)/;

  for (const isAnalysed of [false, true]) {
    describe(isAnalysed ? 'with statistics' : 'without statistics', () => {
      beforeAll(async () => {
        if (isAnalysed) await fixture.database.execute('ANALYZE webhook_pending');
      });

      it('claim what is due in its order, whatever else is pending', async () => {
        const now = fixture.clock.date();
        const claim = { webhookId, version: 1, lease: webhookId, leaseUntil: now, now, limit: 50 };
        const plan = await planOf((sql) => claimDue(sql, claim));
        expect(plan).toMatch(first);
        expect(plan).toMatch(retry);
        expect(plan).not.toContain('Seq Scan on webhook_pending');
      });

      it('look for lanes with due work from webhook to webhook', async () => {
        const plan = await planOf((sql) => findDueLanes(sql, fixture.clock.date(), undefined, 100));
        expect(plan).toMatch(first);
        expect(plan).toMatch(retry);
        expect(plan).not.toContain('Seq Scan on webhook_pending');
      });
    });
  }
});
