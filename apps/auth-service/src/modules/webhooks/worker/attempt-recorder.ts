import { setTimeout as delay } from 'node:timers/promises';
import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { type AttemptRecord, recordAttempts, type Recorded } from './record.query.js';
import { WorkerSettings } from './worker-settings.js';

interface Waiting {
  record: AttemptRecord;
  sinceMs: number;
  resolve: (recorded: boolean) => void;
}

const largestBatch = 500;
const firstRetryMs = 50;
const lastRetryMs = 2_000;

/** Records results in groups, whatever endpoints they are of: what arrives within moments shares a statement. */
@Injectable()
export class AttemptRecorder {
  private readonly waiting: Waiting[] = [];
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: WorkerSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Results not yet in a statement. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** @returns false when the lease was lost, or the database was away for too long: then the result counts for nothing */
  async record(record: AttemptRecord): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting.push({ record, sinceMs: this.clock.now(), resolve });
      this.flushing ??= this.flush().finally(() => (this.flushing = undefined));
    });
  }

  /** Resolves when everything handed over so far is recorded or given up. */
  async settled(): Promise<void> {
    await this.flushing;
  }

  private async flush(): Promise<void> {
    await delay(this.settings.recordGatherMs);
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, largestBatch);
      const { recorded, locked } = await this.recordWithRetry(batch.map(({ record }) => record));
      const oldestMs = this.clock.now() - this.settings.recordRetryMs;
      for (const entry of batch) {
        // Behind the others, until whoever holds its row lets go or its lease is swept.
        if (locked.has(entry.record) && entry.sinceMs > oldestMs) this.waiting.push(entry);
        else entry.resolve(recorded.has(entry.record));
      }
      if (locked.size > 0) await delay(this.settings.recordGatherMs);
    }
  }

  /** Never by sending again: a result that cannot be written is kept, and after that its lease runs out. */
  private async recordWithRetry(records: readonly AttemptRecord[]): Promise<Recorded> {
    const giveUpAtMs = this.clock.now() + this.settings.recordRetryMs;
    for (let retryMs = firstRetryMs, tries = 0; ; retryMs = Math.min(retryMs * 2, lastRetryMs)) {
      try {
        return await recordAttempts(this.database, records, this.clock.date());
      } catch (error) {
        tries++;
        if (
          this.clock.now() + retryMs > giveUpAtMs ||
          tries * firstRetryMs > this.settings.recordRetryMs
        ) {
          this.logger.error({ err: error, attempts: records.length }, 'attempts not recorded');
          return { recorded: new Set(), locked: new Set() };
        }
        this.logger.warn({ err: error, attempts: records.length }, 'recording attempts failed');
        await delay(retryMs);
      }
    }
  }
}
