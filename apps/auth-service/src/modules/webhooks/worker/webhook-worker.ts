import { Drain, LOGGER, type Logger, Notifications, Periodic } from '#libs/foundation';
import { Queues } from '#libs/queues';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { InFlight } from './in-flight.js';
import { LaneQueue } from './lane-queue.js';
import { LaneRunner } from './lane.js';
import { Maintenance } from './maintenance.js';
import { NoticeMail } from './notice-mail.js';
import { Partitions } from './partitions.js';
import { queueNames } from './queue-names.js';
import { RecoveryRunner } from './recovery-runner.js';
import { Relay } from './relay.js';
import { Sender } from './sender.js';
import { TestRunner } from './test-runner.js';
import { Tick } from './tick.js';
import { WorkerSettings } from './worker-settings.js';

const OUTBOX_CHANNEL = 'event_outbox';
const CHANGE_CHANNEL = 'webhook_changed';

/** The life of the delivery worker inside a process whose role has one. */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly subscriptions: (() => void)[] = [];
  private watchdog: NodeJS.Timeout | undefined;
  private stopped: Promise<void> | undefined;
  /** Beside maintenance, which does not wait for a mail server. */
  private readonly mailing = new Periodic(
    'webhook-mail',
    this.settings.maintenanceMs,
    (stop) => this.mail.sendDue(stop),
    this.logger,
  );

  constructor(
    private readonly config: AuthConfig,
    private readonly partitions: Partitions,
    private readonly queues: Queues,
    private readonly notifications: Notifications,
    private readonly relay: Relay,
    private readonly lanes: LaneRunner,
    private readonly laneQueue: LaneQueue,
    private readonly tests: TestRunner,
    private readonly recoveries: RecoveryRunner,
    private readonly tick: Tick,
    private readonly maintenance: Maintenance,
    private readonly mail: NoticeMail,
    private readonly inFlight: InFlight,
    private readonly sender: Sender,
    private readonly settings: WorkerSettings,
    private readonly drain: Drain,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.drain.join(() => this.stop());
    await this.partitions.ensure();
    if (this.config.workerRole === 'api') return;
    const { laneConcurrency, slowLaneConcurrency, testConcurrency, replayConcurrency } =
      this.settings;
    const runLane = (data: Readonly<Record<string, string>>): Promise<void> =>
      this.lanes.run(data.webhook_id ?? '');
    await this.queues.consume(queueNames.lane, laneConcurrency, runLane);
    await this.queues.consume(queueNames.slowLane, slowLaneConcurrency, runLane);
    await this.queues.consume(queueNames.test, testConcurrency, ({ webhook_id, delivery_id }) =>
      this.tests.run(webhook_id ?? '', delivery_id ?? ''),
    );
    await this.queues.consume(queueNames.replay, replayConcurrency, ({ recovery_id }) =>
      this.recoveries.run(recovery_id ?? ''),
    );
    await this.queues.consume(queueNames.tick, 1, () => this.tick.runOnce());
    await this.queues.consume(queueNames.maintenance, 1, () => this.maintenance.runOnce());
    // An idle worker sends an event within milliseconds of its commit; the tick finds what a lost notice leaves.
    await this.listen(OUTBOX_CHANNEL, () => this.relay.wake());
    // What is leased and not yet sent is not sent on what a webhook, its app or its tenant was before.
    await this.listen(CHANGE_CHANNEL, (id) => this.laneQueue.noteChange(id || undefined));
    this.mailing.start();
    await this.schedule();
    this.watchdog = setInterval(() => void this.schedule(), this.settings.tickMs * 4);
    this.watchdog.unref();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /**
   * Stops claiming, waits for what is on the wire, records it, and gives back what was not sent. Beside the drain of the
   * listeners: one after the other would take longer than a supervisor waits.
   */
  private stop(): Promise<void> {
    this.stopped ??= this.stopWork();
    return this.stopped;
  }

  private async stopWork(): Promise<void> {
    clearInterval(this.watchdog);
    for (const unsubscribe of this.subscriptions) unsubscribe();
    const mailed = this.mailing.stop();
    this.lanes.stop();
    await this.relay.stop();
    await this.queues.stop();
    await this.inFlight.settled();
    await this.sender.settled();
    await mailed;
  }

  private async listen(channel: string, handler: (payload: string) => void): Promise<void> {
    this.subscriptions.push(await this.notifications.subscribe(channel, handler));
  }

  private async schedule(): Promise<void> {
    try {
      await this.queues.schedule(queueNames.tick, this.settings.tickMs);
      await this.queues.schedule(queueNames.maintenance, this.settings.maintenanceMs);
    } catch (error) {
      this.logger.warn({ err: error }, 'scheduling failed');
    }
  }
}
