import { Clock, Database, LOGGER, type Logger, Periodic } from '#libs/foundation';
import type { RateDecision } from '#libs/guards';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import type { EffectivePolicy } from '../../identity/index.js';

const flushIntervalMs = 2_000;
const periods = { hour: 3_600_000, day: 86_400_000 } as const;
type Period = keyof typeof periods;
const quotaPeriods = ['hour', 'day'] as const satisfies Period[];

interface Counter {
  appId: string;
  period: Period;
  startsAtMs: number;
  /** What all instances had written at the last flush. */
  written: number;
  /** What this instance has counted since. */
  pending: number;
}

/**
 * Tokens per app and hour or day. Counted in memory and written in batches: at most one flush interval's worth of
 * another instance's tokens is not seen yet.
 */
@Injectable()
export class TokenQuotas implements OnModuleInit, BeforeApplicationShutdown {
  private readonly counters = new Map<string, Counter>();
  private readonly flushes = new Periodic(
    'token-quotas',
    flushIntervalMs,
    () => this.flush(),
    this.logger,
  );
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.read();
    this.flushes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushes.stop();
    await this.flush();
  }

  /** Whether one more token may be issued. @returns one decision for each quota the policy sets */
  peek(appId: string, policy: EffectivePolicy): RateDecision[] {
    const now = this.clock.now();
    const decisions: RateDecision[] = [];
    for (const period of quotaPeriods) {
      const quota = quotaOf(policy, period);
      if (quota !== null) decisions.push(decide(this.counterOf(appId, period, now), quota, now));
    }
    return decisions;
  }

  /** Counts a token that was issued. Those under way at once may pass the quota by their number. */
  count(appId: string, policy: EffectivePolicy): void {
    for (const period of quotaPeriods)
      if (quotaOf(policy, period) !== null)
        this.counterOf(appId, period, this.clock.now()).pending++;
  }

  /** One flush after the other: what a flush is writing is not written again. */
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  private async write(): Promise<void> {
    const pending = [...this.counters.values()].filter((counter) => counter.pending > 0);
    const counts = pending.map((counter) => counter.pending);
    try {
      if (pending.length > 0) {
        await this.database.execute(
          `INSERT INTO token_quota (app_id, period, starts_at, count)
           SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) ORDER BY 1, 2, 3
           ON CONFLICT (app_id, period, starts_at) DO UPDATE SET count = token_quota.count + excluded.count`,
          [
            pending.map(({ appId }) => appId),
            pending.map(({ period }) => period),
            pending.map(({ startsAtMs }) => new Date(startsAtMs)),
            counts,
          ],
        );
        pending.forEach((counter, index) => (counter.pending -= counts[index] ?? 0));
      }
      // Also where nothing was counted: the next token is judged by what others have issued. Few rows, of those with a quota.
      await this.read();
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot write or read token quotas');
    }
  }

  /** Takes over what all instances have written for the periods that run now. */
  private async read(): Promise<void> {
    const now = this.clock.now();
    for (const [key, { period, startsAtMs }] of this.counters)
      if (startsAtMs + periods[period] <= now) this.counters.delete(key);
    const rows = await this.database.query<{
      app_id: string;
      period: Period;
      starts_at: Date;
      count: string;
    }>(
      `SELECT app_id, period, starts_at, count FROM token_quota
       WHERE (period = 'hour' AND starts_at = $1) OR (period = 'day' AND starts_at = $2)`,
      [new Date(startOf('hour', now)), new Date(startOf('day', now))],
    );
    for (const row of rows)
      this.counterOf(row.app_id, row.period, row.starts_at.getTime()).written = Number(row.count);
  }

  private counterOf(appId: string, period: Period, nowMs: number): Counter {
    const startsAtMs = startOf(period, nowMs);
    const key = `${appId} ${period} ${startsAtMs}`;
    let counter = this.counters.get(key);
    if (!counter) {
      counter = { appId, period, startsAtMs, written: 0, pending: 0 };
      this.counters.set(key, counter);
    }
    return counter;
  }
}

const quotaOf = (policy: EffectivePolicy, period: Period): number | null =>
  period === 'hour' ? policy.tokenQuotaPerHour : policy.tokenQuotaPerDay;

const startOf = (period: Period, ms: number): number => ms - (ms % periods[period]);

function decide(counter: Counter, quota: number, nowMs: number): RateDecision {
  const left = quota - counter.written - counter.pending;
  const limit = {
    name: counter.period,
    burst: quota,
    perSecond: quota / (periods[counter.period] / 1000),
  };
  const untilNextMs = counter.startsAtMs + periods[counter.period] - nowMs;
  return left > 0
    ? { limit, waitMs: 0, remaining: left - 1 }
    : { limit, waitMs: untilNextMs, remaining: 0 };
}
