import { setTimeout as delay } from 'node:timers/promises';
import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { fanOut } from './fan-out.query.js';
import { LaneQueue } from './lane-queue.js';
import { WorkerSettings } from './worker-settings.js';

/** Moves published events from the outbox to the webhooks that subscribed. */
@Injectable()
export class Relay {
  private running: Promise<void> | undefined;
  private again = false;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lanes: LaneQueue,
    private readonly settings: WorkerSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Has the outbox emptied. Never waited for: while events are published without a pause, that has no end. */
  wake(): void {
    if (this.stopping) return;
    this.runOnce().catch((error: unknown) => this.logger.warn({ err: error }, 'relay failed'));
  }

  /** Begins no further round. Resolves after the one that runs. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running?.catch(() => undefined);
  }

  /** Empties the outbox. Calls during a run are folded into one more round of it. */
  async runOnce(): Promise<void> {
    this.again = true;
    this.running ??= this.drain().finally(() => (this.running = undefined));
    return this.running;
  }

  private async drain(): Promise<void> {
    while (this.again && !this.stopping) {
      this.again = false;
      if (await this.relayBatch()) this.again = true;
      // An event that comes alone goes at once; a stream of them goes by the batch.
      else await delay(this.settings.relayPauseMs);
    }
  }

  /** @returns whether there may be more. Lanes are woken after the commit, and by the tick if this process dies in between. */
  private async relayBatch(): Promise<boolean> {
    const { relayPerTenant, relayBatch, relayTargets, tenantHardQuota } = this.settings;
    const { more, lanes } = await fanOut(this.database, {
      perTenant: relayPerTenant,
      limit: relayBatch,
      targets: relayTargets,
      quota: tenantHardQuota,
      now: this.clock.date(),
    });
    await this.lanes.wake(
      lanes.map(({ webhook_id, tenant_id, slow }) => ({
        webhookId: webhook_id,
        tenantId: tenant_id,
        slow,
      })),
    );
    return more;
  }
}
