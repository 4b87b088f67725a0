import { LOGGER, type Logger, Periodic } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { KeyRotation } from '../../jwks/index.js';
import { type KeyAdministrator, KeyChanges } from './key-changes.js';

const intervalMs = 10 * 60_000;
const schedule: KeyAdministrator = {
  kind: 'schedule',
  name: 'key-maintenance',
  request: { id: 'schedule', ip: '', userAgent: '' },
};

/** Looks after the signing keys on schedule. Every instance does; a lock lets one at a time find something to do. */
@Injectable()
export class KeyMaintenance implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly runs = new Periodic(
    'key-maintenance',
    intervalMs,
    () => this.runLater(),
    this.logger,
  );

  constructor(
    private readonly rotation: KeyRotation,
    private readonly changes: KeyChanges,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.run();
    this.runs.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runs.stop();
  }

  async run(): Promise<void> {
    const changes = await this.changes.apply(schedule, (transaction) =>
      this.rotation.maintain(transaction),
    );
    for (const { kind, kid } of changes) this.logger.info({ kid }, `signing_key.${kind}`);
  }

  /** Unlike the first run, which the process does not start without, one that fails later wakes a person. */
  private async runLater(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      this.logger.error({ err: error }, 'cannot look after the signing keys');
    }
  }
}
