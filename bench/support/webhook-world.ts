import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '#libs/entities';
import { type SecretBox, uuidV7 } from '#libs/foundation';
import pg from 'pg';

const tenantId = `ten_${'0'.repeat(26)}`;
const appId = `app_${'0'.repeat(26)}`;
const body = Buffer.alloc(1_000, `{"id":"evt","data":"${'x'.repeat(990)}`);

/** One tenant's webhooks on a migrated database, and what is published to them. */
export class WebhookWorld {
  private readonly pool: pg.Pool;
  private sequence = 0;

  private constructor(pool: pg.Pool) {
    this.pool = pool;
  }

  /** @param urls one webhook each */
  static async create(
    databaseUrl: string,
    box: SecretBox,
    urls: readonly string[],
  ): Promise<WebhookWorld> {
    await migrate(databaseUrl);
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    await pool.query(
      `INSERT INTO tenant (id, slug, name, created_at, updated_at) VALUES ($1, 'bench', 'bench', now(), now())`,
      [tenantId],
    );
    await pool.query(
      `INSERT INTO platform_app (id, tenant_id, name, application_type, grant_types, redirect_uris, requested_scopes,
         approved_scopes, created_by, created_at, updated_at)
       VALUES ($1, $2, 'bench', 'web', '{}', '{}', '{}', '{}', 'bench', now(), now())`,
      [appId, tenantId],
    );
    for (const url of urls) await insertWebhook(pool, box, url);
    await pool.query(
      `SELECT create_day_partition(p, d::date) FROM unnest(ARRAY['event', 'webhook_delivery', 'webhook_attempt']) p,
         generate_series(now() - interval '1 day', now() + interval '1 day', interval '1 day') d`,
    );
    return new WebhookWorld(pool);
  }

  /** Publishes one event of 1 KB. */
  async publish(): Promise<void> {
    const now = Date.now();
    await this.pool.query({
      name: 'publish',
      text: `INSERT INTO event_outbox (id, tenant_id, producer, type, occurred_at, created_at, body)
             VALUES ($1, $2, 'bench', 'incident.updated', $3, $3, $4)`,
      values: [this.nextId(now), tenantId, new Date(now), body],
    });
  }

  /** One event that no relay takes up. @returns its UUID */
  async storeEvent(): Promise<string> {
    const now = Date.now();
    const id = this.nextId(now);
    await this.pool.query(
      `INSERT INTO event (id, tenant_id, type, occurred_at, created_at, body)
       VALUES ($1, $2, 'incident.updated', $3, $3, $4)`,
      [id, tenantId, new Date(now), body],
    );
    return id;
  }

  /** Leaves one webhook subscribed. */
  async unsubscribeAllButOne(): Promise<void> {
    await this.pool.query(
      'DELETE FROM webhook_event_sub WHERE webhook_id <> (SELECT webhook_id FROM webhook_event_sub LIMIT 1)',
    );
  }

  /** @throws Error unless exactly so many deliveries exist, each recorded as succeeded with one attempt */
  async checkLedger(deliveries: number): Promise<void> {
    const text = `SELECT (SELECT count(*) FROM webhook_delivery)::int AS deliveries,
        (SELECT count(*) FROM webhook_delivery WHERE status = 2 AND attempts = 1)::int AS succeeded,
        (SELECT count(*) FROM webhook_attempt WHERE outcome = 'succeeded')::int AS attempts,
        (SELECT count(*) FROM webhook_pending)::int AS pending, (SELECT count(*) FROM event_outbox)::int AS outbox`;
    const expected = {
      deliveries,
      succeeded: deliveries,
      attempts: deliveries,
      pending: 0,
      outbox: 0,
    };
    let found = '';
    // The last answers are recorded a moment after they were given.
    for (let tries = 0; tries < 50; tries++) {
      found = JSON.stringify((await this.pool.query(text)).rows[0]);
      if (found === JSON.stringify(expected)) return;
      await delay(100);
    }
    throw new Error(`void: the ledger says ${found} and not ${JSON.stringify(expected)}`);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private nextId(unixMs: number): string {
    return uuidV7(unixMs, createHash('sha256').update(String(this.sequence++)).digest());
  }
}

async function insertWebhook(pool: pg.Pool, box: SecretBox, url: string): Promise<void> {
  const [id, keyId] = [randomUUID(), randomUUID()];
  await pool.query(
    `INSERT INTO webhook (id, tenant_id, app_id, url, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())`,
    [id, tenantId, appId, url],
  );
  await pool.query(`INSERT INTO webhook_event_sub VALUES ($1, 'incident.updated')`, [id]);
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  await pool.query(
    `INSERT INTO webhook_key (id, webhook_id, cipher, kek_id, format, hint, created_at)
     VALUES ($1, $2, $3, '', 'whsec', '', now())`,
    [keyId, id, box.seal(Buffer.from(secret), `webhook_key:${keyId}`)],
  );
}
