import { Clock, Database, LOGGER, type Logger, Periodic } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';

const intervalMs = 10 * 60_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** A statement takes at most so many rows: its locks are short, and a stop of the process waits for no more. */
const batchSize = 1_000;

interface Leftovers {
  table: string;
  /** Which rows are over; `$1` is now less `keptMs`. */
  over: string;
  keptMs: number;
  /** What becomes of them, where they are not deleted. */
  change?: string;
}

/** What is over, and for how long it is kept after its end. Each stands alone and may run twice. */
const leftovers: readonly Leftovers[] = [
  { table: 'authorization_request', over: 'expires_at < $1', keptMs: 0 },
  { table: 'user_session', over: 'expires_at < $1', keptMs: 0 },
  { table: 'client_assertion', over: 'expires_at < $1', keptMs: minuteMs },
  { table: 'one_time_link', over: 'expires_at < $1', keptMs: dayMs },
  { table: 'token_quota', over: 'starts_at < $1', keptMs: 2 * dayMs },
  { table: 'revocation', over: 'expires_at < $1', keptMs: dayMs },
  {
    table: 'refresh_token',
    over: 'replaced_at < $1 AND successor_sealed IS NOT NULL',
    keptMs: minuteMs,
    change: 'successor_sealed = NULL',
  },
  // A code that is used twice ends its grant, for as long as a token of it can live.
  { table: 'authorization_code', over: 'expires_at < $1', keptMs: 2 * dayMs },
  {
    table: 'refresh_token',
    over: `EXISTS (SELECT FROM oauth_grant WHERE oauth_grant.id = grant_id
             AND (revoked_at < $1 OR last_used_at < $1 - interval '366 days'))`,
    keptMs: 2 * dayMs,
  },
  {
    table: 'oauth_grant',
    over: `(revoked_at < $1 OR last_used_at < $1)
             AND NOT EXISTS (SELECT FROM refresh_token WHERE grant_id = oauth_grant.id)
             AND NOT EXISTS (SELECT FROM authorization_code WHERE grant_id = oauth_grant.id)`,
    keptMs: 2 * dayMs,
  },
];

/** Rows that someone else holds are left for the next run: two instances do not wait for each other. */
function batchOf({ table, over, change }: Leftovers): string {
  const verb = change === undefined ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${change}`;
  return `${verb} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${table} WHERE ${over} LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`;
}

/** Deletes what is over. Nothing depends on it: every lifetime is judged at use. */
@Injectable()
export class OAuthHousekeeping implements OnModuleInit, BeforeApplicationShutdown {
  private readonly runs = new Periodic(
    'oauth-housekeeping',
    intervalMs,
    (stop) => this.run(stop),
    this.logger,
  );

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.runs.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runs.stop();
  }

  async run(stop?: AbortSignal): Promise<void> {
    const now = this.clock.now();
    for (const leftover of leftovers) {
      const values = [new Date(now - leftover.keptMs)];
      let count = batchSize;
      while (count === batchSize && !stop?.aborted)
        count = await this.database.execute(batchOf(leftover), values);
    }
  }
}
