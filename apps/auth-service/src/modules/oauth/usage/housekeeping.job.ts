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
  /** When they were over: a column with an index, whose oldest go first. `$1` is now less `keptMs`. */
  since: string;
  keptMs: number;
  /** Which rows of those. */
  and?: string;
  /** Where `since` is, if not in the table alone. */
  from?: string;
  /** What becomes of them, where they are not deleted. */
  change?: string;
}

/** No grant is refreshed for longer than a year after the authorization, whatever governance says. */
const grantEnds = [
  { since: 'oauth_grant.revoked_at', keptMs: 2 * dayMs },
  { since: 'oauth_grant.created_at', keptMs: 368 * dayMs },
];

/** What is over, and for how long it is kept after its end. Each stands alone and may run twice. */
const leftovers: readonly Leftovers[] = [
  { table: 'authorization_request', since: 'expires_at', keptMs: 0 },
  { table: 'user_session', since: 'expires_at', keptMs: 0 },
  { table: 'client_assertion', since: 'expires_at', keptMs: minuteMs },
  { table: 'one_time_link', since: 'expires_at', keptMs: dayMs },
  { table: 'token_quota', since: 'starts_at', keptMs: 2 * dayMs },
  { table: 'revocation', since: 'expires_at', keptMs: dayMs },
  {
    table: 'refresh_token',
    since: 'replaced_at',
    and: 'successor_sealed IS NOT NULL',
    keptMs: minuteMs,
    change: 'successor_sealed = NULL',
  },
  ...grantEnds.flatMap((end) => [
    {
      ...end,
      table: 'refresh_token',
      from: 'oauth_grant JOIN refresh_token ON grant_id = oauth_grant.id',
    },
    {
      ...end,
      table: 'oauth_grant',
      // Asked of each: NOT EXISTS would be a join, and without statistics one with the whole table.
      and: `(SELECT grant_id FROM refresh_token WHERE grant_id = oauth_grant.id LIMIT 1) IS NULL
        AND (SELECT grant_id FROM authorization_code WHERE grant_id = oauth_grant.id LIMIT 1) IS NULL`,
    },
  ]),
];

/** Rows that someone else holds are left for the next run: two instances do not wait for each other. */
function batchOf({ table, since, and = 'true', from = table, change }: Leftovers): string {
  const verb = change === undefined ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${change}`;
  return `${verb} WHERE ctid = ANY (ARRAY(
    SELECT ${table}.ctid FROM ${from} WHERE ${since} < $1 AND ${and}
    ORDER BY ${since} LIMIT ${batchSize} FOR UPDATE OF ${table} SKIP LOCKED))`;
}

/**
 * A code that is used twice ends its grant, for as long as a token of it can live. With the code goes a grant that it
 * was all of: what has no refresh token cannot be found by itself without a look at every grant.
 */
const codes = {
  keptMs: 2 * dayMs,
  batch: `WITH code AS (
      SELECT digest, grant_id FROM authorization_code JOIN oauth_grant ON oauth_grant.id = grant_id
      WHERE expires_at < $1 ORDER BY expires_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED),
    over AS (
      DELETE FROM oauth_grant WHERE id = ANY (ARRAY(SELECT grant_id FROM code))
        AND NOT EXISTS (SELECT FROM refresh_token WHERE grant_id = oauth_grant.id))
    DELETE FROM authorization_code WHERE digest = ANY (ARRAY(SELECT digest FROM code))`,
};

const batches = [
  codes,
  ...leftovers.map((leftover) => ({ keptMs: leftover.keptMs, batch: batchOf(leftover) })),
];

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
    for (const { keptMs, batch } of batches) {
      const values = [new Date(now - keptMs)];
      let count = batchSize;
      while (count === batchSize && !stop?.aborted)
        count = await this.database.execute(batch, values);
    }
  }
}
