import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { storedReason, storedStatus } from '../deliveries/delivery-codes.js';
import { partitionedTables } from './partitions.js';
import { WorkerSettings } from './worker-settings.js';

const DAY_MS = 86_400_000;

/** Forgets what is past its retention: by dropping days, never by deleting rows. */
@Injectable()
export class Retention {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: WorkerSettings,
  ) {}

  async runOnce(): Promise<void> {
    const firstKept = new Date(this.clock.now() - this.settings.retentionDays * DAY_MS)
      .toISOString()
      .slice(0, 10);
    await this.expirePending(firstKept);
    await this.dropDays(firstKept);
    await this.database.execute('DELETE FROM event_dedupe WHERE expires_at <= $1', [
      this.clock.date(),
    ]);
  }

  /** What has been waiting since a day that goes, for a webhook that stayed disabled, ends with it. */
  private async expirePending(firstKept: string): Promise<void> {
    await this.database.execute(
      `WITH expired AS (
         DELETE FROM webhook_pending WHERE delivery_id < uuid_v7_floor($1::timestamp AT TIME ZONE 'UTC') RETURNING delivery_id
       )
       UPDATE webhook_delivery d SET status = $2, reason = $3, completed_at = $4 FROM expired e WHERE d.id = e.delivery_id`,
      [firstKept, storedStatus.failed, storedReason.expired, this.clock.date()],
    );
  }

  private async dropDays(firstKept: string): Promise<void> {
    const rows = await this.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i
       JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
       WHERE p.relname = ANY ($1) AND c.relname ~ '_\\d{8}$' AND right(c.relname, 8) < $2
       ORDER BY c.relname`,
      [partitionedTables, firstKept.replaceAll('-', '')],
    );
    // As the owner of the tables, which the application's role need not be. One at a time: each takes strong locks.
    for (const { name } of rows) await this.database.query('SELECT drop_day_partition($1)', [name]);
  }
}
