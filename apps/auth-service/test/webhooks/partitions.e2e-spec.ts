import { Maintenance } from '../../src/modules/webhooks/worker/maintenance.js';
import { WebhookFixture } from './webhook-fixture.js';

const dayMs = 86_400_000;

describe('the days of the history', () => {
  let fixture: WebhookFixture;

  beforeEach(async () => {
    fixture = await WebhookFixture.start();
  });

  afterEach(() => fixture.stop());

  const lastDay = (): string =>
    new Date(fixture.clock.now() + 7 * dayMs).toISOString().slice(0, 10).replaceAll('-', '');
  /** Which of the three tables have the day a week ahead. */
  const ready = async (): Promise<string[]> =>
    (
      await fixture.database.query<{ parent: string }>(
        `SELECT inhparent::regclass::text AS parent FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE c.relname ~ ('_' || $1 || '$') AND c.relkind = 'r' ORDER BY 1`,
        [lastDay()],
      )
    ).map(({ parent }) => parent);
  const maintainBeside = (lock: string): Promise<void> =>
    fixture.database.transaction(async (transaction) => {
      await transaction.execute(lock);
      await fixture.app.get(Maintenance).runOnce();
    });

  it('are made beside those who write, with every index', async () => {
    fixture.clock.advance(dayMs);
    await maintainBeside(
      'LOCK TABLE event, webhook_delivery, webhook_attempt IN ROW EXCLUSIVE MODE',
    );
    expect(await ready()).toEqual(['event', 'webhook_attempt', 'webhook_delivery']);
    const indexes = await fixture.database.query(
      `SELECT FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
       WHERE x.indrelid = ('webhook_delivery_' || $1)::regclass`,
      [lastDay()],
    );
    const parents = await fixture.database.query(
      `SELECT FROM pg_index WHERE indrelid = 'webhook_delivery'::regclass`,
    );
    expect(indexes).toHaveLength(parents.length);
  });

  it('of the other tables are made where one is locked for long, and its own a minute later', async () => {
    fixture.clock.advance(dayMs);
    await maintainBeside('LOCK TABLE webhook_attempt IN SHARE UPDATE EXCLUSIVE MODE');
    expect(await ready()).toEqual(['event', 'webhook_delivery']);
    await fixture.maintain();
    expect(await ready()).toEqual(['event', 'webhook_attempt', 'webhook_delivery']);
  });
});
