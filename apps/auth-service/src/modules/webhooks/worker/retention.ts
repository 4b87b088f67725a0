import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { storedReason, storedStatus } from '../deliveries/delivery-codes.js';
import { partitionedTables } from './partitions.js';
import { WorkerSettings } from './worker-settings.js';

const DAY_MS = 86_400_000;
/** Rows that one statement ends: deliveries of other endpoints do not wait for more. */
const BATCH = 1_000;

/** Forgets what is past its retention: the history by dropping days, never by deleting its rows. */
@Injectable()
export class Retention {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: WorkerSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async runOnce(): Promise<void> {
    const oldest = new Date(this.clock.now() - this.settings.retentionDays * DAY_MS);
    await this.expirePending('delivery_id', oldest);
    await this.dropDays(oldest.toISOString().slice(0, 10));
    await this.sweep(
      'event_dedupe',
      'tenant_id, producer, key',
      'expires_at <= $1',
      this.clock.date(),
    );
    for (const keys of ['webhook_key', 'tenant_webhook_key'])
      await this.sweep(keys, 'id', 'expires_at <= $1', this.clock.date());
    await this.endRecoveries(oldest);
    await this.sweep(
      'webhook_recovery',
      'id',
      `status <> 'running' AND id < uuid_v7_floor($1)`,
      oldest,
    );
  }

  /** What a recovery was to send again is gone: it would wait for ever, of a webhook that stays disabled. */
  private async endRecoveries(oldest: Date): Promise<void> {
    await this.database.execute(
      `UPDATE webhook_recovery SET status = 'canceled', finished_at = $2 WHERE id IN (
         SELECT id FROM webhook_recovery WHERE status = 'running' AND until <= $1 FOR UPDATE SKIP LOCKED)`,
      [oldest, this.clock.date()],
    );
  }

  /** Deletes rows past their time, a batch in a statement. */
  private async sweep(table: string, key: string, over: string, at: Date): Promise<void> {
    for (let deleted = BATCH; deleted === BATCH;) {
      deleted = await this.database.execute(
        `DELETE FROM ${table} WHERE (${key}) IN (
           SELECT ${key} FROM ${table} WHERE ${over} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED) AND ${over}`,
        [at],
      );
    }
  }

  /**
   * What has been waiting for longer than the retention, for a webhook that stayed disabled or a breaker that stayed
   * open: it has failed as `expired` if it was ever tried, and is canceled as `payload_expired` if not. Seen as such until
   * its day is dropped, at the end of the day. What somebody else has locked is for the next minute.
   * @param column whose age counts: of the delivery, or of its event, which is older where the delivery is a replay
   */
  private async expirePending(column: 'delivery_id' | 'event_id', before: Date): Promise<void> {
    for (let expired = BATCH; expired === BATCH;) {
      expired = await this.database.execute(
        `WITH held AS MATERIALIZED (
           SELECT delivery_id FROM webhook_pending WHERE ${column} < uuid_v7_floor($1)
           ORDER BY delivery_id LIMIT $5 FOR UPDATE SKIP LOCKED
         ), expired AS (
           DELETE FROM webhook_pending p USING held WHERE p.delivery_id = held.delivery_id
         )
         UPDATE webhook_delivery d SET completed_at = $4,
           status = CASE WHEN d.attempts > 0 THEN $2::smallint ELSE $3::smallint END,
           reason = CASE WHEN d.attempts > 0 THEN $6::smallint ELSE $7::smallint END
         FROM held WHERE d.id = held.delivery_id
           -- Else the planner may read every day for a batch.
           AND d.${column === 'delivery_id' ? 'id' : 'event_id'} < uuid_v7_floor($1)`,
        [
          before,
          storedStatus.failed,
          storedStatus.canceled,
          this.clock.date(),
          BATCH,
          storedReason.expired,
          storedReason.payload_expired,
        ],
      );
      if (expired > 0) this.logger.warn({ deliveries: expired }, 'deliveries expired');
    }
  }

  private async dropDays(firstKept: string): Promise<void> {
    const rows = await this.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i
       JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
       WHERE p.relname = ANY ($1) AND c.relname ~ '_\\d{8}$' AND right(c.relname, 8) < $2
       ORDER BY c.relname`,
      [partitionedTables, firstKept.replaceAll('-', '')],
    );
    if (rows.length === 0) return;
    await this.expirePending('event_id', new Date(firstKept));
    const held = await this.database.query(
      'SELECT FROM webhook_pending WHERE event_id < uuid_v7_floor($1) LIMIT 1',
      [new Date(firstKept)],
    );
    // A pending delivery whose row is dropped would never end.
    if (held.length > 0) return;
    for (const { name } of rows) await this.dropDay(name);
  }

  /**
   * Takes a lock that everything else queues behind, so it gives up where someone holds the table for long; the next
   * minute tries again. As the owner of the tables, which the application's role need not be.
   */
  private async dropDay(name: string): Promise<void> {
    try {
      await this.database.transaction(async (transaction) => {
        await transaction.execute(`SET LOCAL lock_timeout = '1s'`);
        await transaction.query('SELECT drop_day_partition($1)', [name]);
      });
    } catch (error) {
      this.logger.warn({ err: error, partition: name }, 'a day was not dropped');
    }
  }
}
