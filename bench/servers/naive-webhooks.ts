// The naive design: one BullMQ job per delivery, one statement per step. Same tables, same signing, same limits of 8
// requests at once to an endpoint and 256 in all; started by the parent's `go`, which names the events.
import { createHmac, randomUUID } from 'node:crypto';
import { createPostgresBackend, createRedisBackend, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Agent, request } from 'undici';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const redisUrl = process.env.REDIS_URL;
const connection = redisUrl
  ? new Redis(redisUrl, { maxRetriesPerRequest: null })
  : new pg.Pool({
      connectionString: process.env.DATABASE_URL,
      max: 12,
      options: '-c search_path=bullmq,public',
    });
const factory = (redisUrl ? createRedisBackend : createPostgresBackend) as never;
const key = Buffer.alloc(32, 7);
const agent = new Agent({ connections: 8, connect: { ca: process.env.BENCH_CA } });
const queue = new Queue('naive', { connection: connection, prefix: 'naive' }, factory);

const worker = new Worker(
  'naive',
  async ({ data }: { data: { id: string } }) => {
    const { rows: deliveries } = await pool.query('SELECT * FROM webhook_delivery WHERE id = $1', [
      data.id,
    ]);
    const { webhook_id, event_id } = deliveries[0];
    const { rows: webhooks } = await pool.query('SELECT * FROM webhook WHERE id = $1', [
      webhook_id,
    ]);
    await pool.query('SELECT * FROM webhook_key WHERE webhook_id = $1', [webhook_id]);
    const { rows: events } = await pool.query('SELECT * FROM event WHERE id = $1', [event_id]);
    const { body } = events[0] as { body: Buffer };
    const at = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', key)
      .update(`${event_id}.${at}.`)
      .update(body)
      .digest('base64');
    const response = await request(webhooks[0].url as string, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': event_id,
        'webhook-timestamp': String(at),
        'webhook-signature': `v1,${signature}`,
      },
      dispatcher: agent,
    });
    await response.body.dump();
    await pool.query(
      `INSERT INTO webhook_attempt (delivery_id, n, started_at, duration_ms, outcome, code, url, worker)
       VALUES ($1, 1, now(), 1, 'succeeded', $2, $3, 'naive')`,
      [data.id, response.statusCode, webhooks[0].url],
    );
    await pool.query(
      'UPDATE webhook_delivery SET status = 2, attempts = 1, completed_at = now() WHERE id = $1',
      [data.id],
    );
  },
  { connection: connection, prefix: 'naive', concurrency: 256 },
  factory,
);
worker.on('error', (error) => console.error(error.message));
await worker.waitUntilReady();

process.on('message', (message: { go: readonly string[] }) => {
  void (async () => {
    for (const eventId of message.go) {
      const { rows } = await pool.query('SELECT id, tenant_id FROM webhook');
      for (const webhook of rows) {
        const id = eventId.slice(0, 14) + randomUUID().slice(14);
        await pool.query(
          `INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_id, event_type, trigger, status, created_at)
           VALUES ($1, $2, $3, $4, 'incident.updated', 0, 0, now())`,
          [id, webhook.id, webhook.tenant_id, eventId],
        );
        await queue.add('naive', { id }, { removeOnComplete: true, attempts: 10 });
      }
    }
  })();
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({ type: 'ready', ports: { public: 0 } });
