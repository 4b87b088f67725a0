import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { oldestInOutbox } from './outbox.query.js';

const DAY_MS = 86_400_000;
const DAYS_AHEAD = 7;
/** SQLSTATE of a lock that was not granted in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** The tables that are partitioned by the day of their UUIDv7. */
export const partitionedTables = ['event', 'webhook_delivery', 'webhook_attempt'] as const;

/** Creates the daily partitions ahead of time. */
@Injectable()
export class Partitions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Yesterday, for clocks that differ, or the day of the oldest event in the outbox, which may have waited long for
   * a worker, to a week ahead. Safe at any time, in any process.
   */
  async ensure(): Promise<void> {
    const oldest = await oldestInOutbox(this.database);
    const yesterday = new Date(this.clock.now() - DAY_MS);
    const from = oldest && oldest < yesterday ? oldest : yesterday;
    const to = new Date(this.clock.now() + DAYS_AHEAD * DAY_MS);
    for (const table of partitionedTables) await this.ensureOf(table, from, to);
  }

  /** Gives up where someone holds the table for long: what is missing is days ahead, and the next minute tries again. */
  private async ensureOf(table: string, from: Date, to: Date): Promise<void> {
    try {
      await this.database.transaction(async (transaction) => {
        await transaction.execute(`SET LOCAL lock_timeout = '1s'`);
        // A statement of its own: the catalogue that the next one sees is then as of after the wait.
        await transaction.query(`SELECT pg_advisory_xact_lock(hashtext('day_partitions'))`);
        await transaction.query(
          `SELECT create_day_partition($1, day::date)
           FROM generate_series($2::timestamp, $3::timestamp, interval '1 day') AS day`,
          [table, isoDay(from), isoDay(to)],
        );
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      this.logger.warn({ err: error, table }, 'days were not created');
    }
  }
}

const isoDay = (at: Date): string => at.toISOString().slice(0, 10);
