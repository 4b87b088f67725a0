import { Clock, Database, LOGGER, type Logger, Periodic } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';

export interface Use {
  operationId: string;
  clientId: string;
  tenantId: string;
  cost: number;
  failed: boolean;
}

interface Count extends Omit<Use, 'failed'> {
  day: string;
  requests: number;
  failures: number;
  lastUsedAtMs: number;
}

const flushIntervalMs = 5_000;

/** Who used which operation, by day. Counted in memory and added to the table in batches. */
@Injectable()
export class UsageRecorder implements OnModuleInit, BeforeApplicationShutdown {
  private counts = new Map<string, Count>();
  private readonly flushes = new Periodic(
    'operation-usage',
    flushIntervalMs,
    () => this.flush(),
    this.logger,
  );

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.flushes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushes.stop();
    await this.flush();
  }

  record(use: Use): void {
    const now = this.clock.now();
    const key = `${use.operationId} ${use.clientId} ${use.tenantId}`;
    let count = this.counts.get(key);
    if (!count) {
      const day = new Date(now).toISOString().slice(0, 10);
      count = { ...use, cost: 0, day, requests: 0, failures: 0, lastUsedAtMs: now };
      this.counts.set(key, count);
    }
    count.requests += 1;
    count.failures += use.failed ? 1 : 0;
    count.cost += use.cost;
    count.lastUsedAtMs = now;
  }

  /** Adds what was counted since the last time. Counts that cannot be written are lost, and said so. */
  async flush(): Promise<void> {
    if (this.counts.size === 0) return;
    // In one order, so that instances that flush together do not deadlock.
    const batch = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
    this.counts = new Map();
    try {
      await this.database.execute(
        `INSERT INTO operation_usage AS known (operation_id, client_id, tenant_id, day, requests, failures, cost, last_used_at)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[],
           $8::timestamptz[])
         ON CONFLICT (operation_id, client_id, tenant_id, day) DO UPDATE SET
           requests = known.requests + excluded.requests, failures = known.failures + excluded.failures,
           cost = known.cost + excluded.cost, last_used_at = greatest(known.last_used_at, excluded.last_used_at)`,
        [
          batch.map(({ operationId }) => operationId),
          batch.map(({ clientId }) => clientId),
          batch.map(({ tenantId }) => tenantId),
          batch.map(({ day }) => day),
          batch.map(({ requests }) => requests),
          batch.map(({ failures }) => failures),
          batch.map(({ cost }) => Math.round(cost)),
          batch.map(({ lastUsedAtMs }) => new Date(lastUsedAtMs)),
        ],
      );
    } catch (error) {
      this.logger.warn({ err: error, operations: batch.length }, 'cannot write usage');
    }
  }
}
