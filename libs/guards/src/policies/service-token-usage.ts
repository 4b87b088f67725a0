import { type Clock, type Logger, Periodic, type Sql } from '#libs/foundation';
import type { AccessToken } from '../tokens/access-token.js';

const flushIntervalMs = 2_000;

/** When service tokens were last used: kept in memory and written in batches. */
export class ServiceTokenUsage {
  private usedAtMs = new Map<string, number>();
  private readonly flushes = new Periodic(
    'service-token-usage',
    flushIntervalMs,
    () => this.flush(),
    this.logger,
  );

  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.flushes.start();
  }

  async stop(): Promise<void> {
    await this.flushes.stop();
    await this.flush();
  }

  record(token: AccessToken): void {
    if (token.use === 'service') this.usedAtMs.set(token.tokenId, this.clock.now());
  }

  async flush(): Promise<void> {
    if (this.usedAtMs.size === 0) return;
    const batch = this.usedAtMs;
    this.usedAtMs = new Map();
    try {
      // In one order, so that instances that flush together do not deadlock.
      await this.sql.execute(
        `WITH used AS (SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS used (jti, at)),
              locked AS (SELECT jti FROM service_token WHERE jti = ANY ($1) ORDER BY jti FOR UPDATE)
         UPDATE service_token SET last_used_at = used.at FROM used JOIN locked USING (jti)
         WHERE service_token.jti = used.jti
           AND (service_token.last_used_at IS NULL OR service_token.last_used_at < used.at)`,
        [[...batch.keys()], [...batch.values()].map((at) => new Date(at))],
      );
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot write when service tokens were used');
      for (const [jti, at] of batch) if (!this.usedAtMs.has(jti)) this.usedAtMs.set(jti, at);
    }
  }
}
