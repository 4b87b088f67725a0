import { LOGGER, type Logger } from '#libs/foundation';
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
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly rotation: KeyRotation,
    private readonly changes: KeyChanges,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.run();
    this.timer = setInterval(() => {
      this.running = this.run().catch((error: unknown) =>
        this.logger.error({ err: error }, 'cannot look after the signing keys'),
      );
    }, intervalMs);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  async run(): Promise<void> {
    const changes = await this.changes.apply(schedule, (transaction) =>
      this.rotation.maintain(transaction),
    );
    for (const { kind, kid } of changes) this.logger.info({ kid }, `signing_key.${kind}`);
  }
}
