import { LOGGER, type Logger } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { WebhookEndings } from '../subscriptions/webhook-endings.js';
import { Partitions } from './partitions.js';
import { Retention } from './retention.js';
import { runSteps } from './run-steps.js';
import { TenantLoad } from './tenant-load.js';

/** What has to be done every minute, by one process of all. */
@Injectable()
export class Maintenance {
  constructor(
    private readonly partitions: Partitions,
    private readonly retention: Retention,
    private readonly load: TenantLoad,
    private readonly endings: WebhookEndings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async runOnce(): Promise<void> {
    await runSteps(this.logger, {
      partitions: () => this.partitions.ensure(),
      'tenant load': () => this.load.runOnce(),
      retention: () => this.retention.runOnce(),
      'lost approvals': () => this.endings.disableMissed(),
    });
  }
}
