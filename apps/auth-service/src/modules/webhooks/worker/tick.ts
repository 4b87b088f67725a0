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

const sweepBatch = 1_000;

/**
 * Twice a second: takes up what was interrupted and wakes every endpoint with due work. Whatever loses a wake-up,
 * a crash after a commit, a flushed Redis, is healed here.
 */
@Injectable()
export class Tick {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly relay: Relay,
    private readonly lanes: LaneQueue,
    private readonly recoveries: RecoveryRunner,
    private readonly queues: Queues,
    private readonly metrics: WebhookMetrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async runOnce(): Promise<void> {
    this.relay.wake();
    const now = this.clock.date();
    await runSteps(this.logger, {
      'interrupted tests': () => endInterruptedTests(this.database, now),
      'expired leases': () => this.sweep(now),
      'due lanes': async () => this.lanes.wake(await findDueLanes(this.database, now)),
      'waiting tests': () => this.wakeTests(),
      recoveries: () => this.recoveries.wakeAll(),
    });
  }

  private async sweep(now: Date): Promise<void> {
    this.metrics.interrupted.inc(await sweepExpiredLeases(this.database, now, sweepBatch));
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
