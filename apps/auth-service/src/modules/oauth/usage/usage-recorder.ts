import { Clock, Database, LOGGER, type Logger, Periodic } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';

const flushIntervalMs = 2_000;

/** When secrets were last used: kept in memory and written in batches, so that issuing a token writes nothing. */
@Injectable()
export class UsageRecorder implements OnModuleInit, BeforeApplicationShutdown {
  private secrets = new Map<string, number>();
  private readonly flushes = new Periodic(
    'secret-usage',
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

  secretUsed(secretId: string): void {
    this.secrets.set(secretId, this.clock.now());
  }

  async flush(): Promise<void> {
    if (this.secrets.size === 0) return;
    const batch = this.secrets;
    this.secrets = new Map();
    try {
      // In the order of ids, so that instances that flush together do not deadlock.
      await this.database.execute(
        `WITH used AS (SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at)),
              locked AS (SELECT id FROM client_secret WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
         UPDATE client_secret SET last_used_at = used.at FROM used JOIN locked USING (id)
         WHERE client_secret.id = used.id AND (client_secret.last_used_at IS NULL OR client_secret.last_used_at < used.at)`,
        [[...batch.keys()], [...batch.values()].map((at) => new Date(at))],
      );
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot write when secrets were used');
      for (const [id, at] of batch) if (!this.secrets.has(id)) this.secrets.set(id, at);
    }
  }
}
