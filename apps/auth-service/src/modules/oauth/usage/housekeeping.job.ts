import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';

const intervalMs = 10 * 60_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** What is over, and for how long it is kept after its end. Each statement stands alone and may run twice. */
const leftovers: readonly { text: string; keptMs: number }[] = [
  { text: 'DELETE FROM authorization_request WHERE expires_at < $1', keptMs: 0 },
  { text: 'DELETE FROM user_session WHERE expires_at < $1', keptMs: 0 },
  { text: 'DELETE FROM client_assertion WHERE expires_at < $1', keptMs: minuteMs },
  { text: 'DELETE FROM one_time_link WHERE expires_at < $1', keptMs: dayMs },
  { text: 'DELETE FROM token_quota WHERE starts_at < $1', keptMs: 2 * dayMs },
  { text: 'DELETE FROM revocation WHERE expires_at < $1', keptMs: dayMs },
  {
    text: 'UPDATE refresh_token SET successor_sealed = NULL WHERE replaced_at < $1 AND successor_sealed IS NOT NULL',
    keptMs: minuteMs,
  },
  // A code that is used twice ends its grant, for as long as a token of it can live.
  { text: 'DELETE FROM authorization_code WHERE expires_at < $1', keptMs: 2 * dayMs },
  {
    text: `DELETE FROM refresh_token USING oauth_grant
           WHERE oauth_grant.id = grant_id AND (revoked_at < $1 OR last_used_at < $1 - interval '366 days')`,
    keptMs: 2 * dayMs,
  },
  {
    text: `DELETE FROM oauth_grant WHERE (revoked_at < $1 OR last_used_at < $1)
             AND NOT EXISTS (SELECT FROM refresh_token WHERE grant_id = oauth_grant.id)
             AND NOT EXISTS (SELECT FROM authorization_code WHERE grant_id = oauth_grant.id)`,
    keptMs: 2 * dayMs,
  },
];

/** Deletes what is over. Nothing depends on it: every lifetime is judged at use. */
@Injectable()
export class OAuthHousekeeping implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.running = this.run().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'cannot delete what is over'),
      );
    }, intervalMs);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  async run(): Promise<void> {
    const now = this.clock.now();
    for (const { text, keptMs } of leftovers)
      await this.database.execute(text, [new Date(now - keptMs)]);
  }
}
