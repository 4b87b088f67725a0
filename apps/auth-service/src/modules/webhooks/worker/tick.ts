import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import { Queues } from '#libs/queues';
import { Inject, Injectable } from '@nestjs/common';
import { LaneQueue } from './lane-queue.js';
import { queueNames } from './queue-names.js';
import { RecoveryRunner } from './recovery-runner.js';
import { Relay } from './relay.js';
import { runSteps } from './run-steps.js';
import { findDueLanes, sweepExpiredLeases } from './sweep.query.js';
import { endInterruptedTests, findWaitingTests } from './test-delivery.query.js';
import { WebhookMetrics } from './webhook-metrics.js';
import { WorkerSettings } from './worker-settings.js';

const sweepBatch = 1_000;
/** Endpoints looked at in one statement and in one tick, and lanes woken in one tick. */
const lanesPage = 1_000;
const pagesPerTick = 10;
const wakesPerTick = 1_000;

/**
 * Twice a second: takes up what was interrupted and wakes every endpoint with due work. Whatever loses a wake-up,
 * a crash after a commit, a flushed Redis, is healed here.
 */
@Injectable()
export class Tick {
  /** Where the last tick stopped to look for due lanes; undefined where it came to the end. */
  private lookFrom: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly relay: Relay,
    private readonly lanes: LaneQueue,
    private readonly recoveries: RecoveryRunner,
    private readonly queues: Queues,
    private readonly metrics: WebhookMetrics,
    private readonly settings: WorkerSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async runOnce(): Promise<void> {
    this.relay.wake();
    const now = this.clock.date();
    await runSteps(this.logger, {
      'interrupted tests': () => endInterruptedTests(this.database, now, this.settings.leaseMs),
      'expired leases': () => this.sweep(now),
      'due lanes': () => this.wakeDueLanes(now),
      'waiting tests': () => this.wakeTests(),
      recoveries: () => this.recoveries.wakeAll(),
    });
  }

  /** In turn, so that a tick has an end however many endpoints there are, and each has its turn. */
  private async wakeDueLanes(now: Date): Promise<void> {
    for (let page = 0, woken = 0; page < pagesPerTick && woken < wakesPerTick; page++) {
      const { lanes, next } = await findDueLanes(this.database, now, this.lookFrom, lanesPage);
      this.lookFrom = next;
      woken += await this.lanes.wake(lanes);
      if (next === undefined) return;
    }
  }

  private async sweep(now: Date): Promise<void> {
    const { leaseMs } = this.settings;
    const interrupted = await sweepExpiredLeases(this.database, {
      now,
      leaseMs,
      limit: sweepBatch,
    });
    this.metrics.interrupted.inc(interrupted);
  }

  private async wakeTests(): Promise<void> {
    const tests = await findWaitingTests(this.database);
    await this.queues.wake(
      queueNames.test,
      tests.map(({ delivery_id, webhook_id }) => ({
        key: delivery_id,
        data: { delivery_id, webhook_id },
        priority: 1,
      })),
    );
  }
}
