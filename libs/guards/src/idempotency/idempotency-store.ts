import { AppError, type Clock, type SecretBox, type Sql } from '#libs/foundation';

/** Whose key it is: keys of another tenant, caller or route never meet. */
export interface IdempotencyScope {
  tenantId: string;
  actor: string;
  route: string;
  key: string;
}

export interface StoredAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

interface Row {
  request_hash: Buffer;
  status: number | null;
  headers: Record<string, string> | null;
  body: Buffer | null;
  body_sealed: boolean;
  replay_until: Date | null;
  locked_until: Date;
}

const pruneBatch = 1_000;
const keyLifetimeMs = 86_400_000;
const secretReplayMs = 600_000;
/** Longer than any request runs. */
const lockMs = 60_000;

/**
 * First requests and their answers. A request is run once at most: one whose process died before it stored its
 * answer, or whose commit was not answered, is not run again, since nobody knows how far it came.
 */
export class IdempotencyStore {
  constructor(
    private readonly sql: Sql,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /**
   * Claims the key for a first request.
   * @returns undefined when the caller is to run it, else the answer to replay
   * @throws AppError idempotency_key_reused, idempotency_in_progress, idempotency_replay_expired
   */
  async claim(scope: IdempotencyScope, requestHash: Buffer): Promise<StoredAnswer | undefined> {
    const now = this.clock.now();
    const claimed = await this.sql.execute(
      `INSERT INTO idempotency_key AS held
         (tenant_id, actor, route, key, request_hash, locked_until, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (tenant_id, actor, route, key) DO UPDATE SET
         request_hash = excluded.request_hash, status = NULL, headers = NULL, body = NULL, body_sealed = false,
         replay_until = NULL, locked_until = excluded.locked_until, created_at = excluded.created_at,
         expires_at = excluded.expires_at
       WHERE held.expires_at <= excluded.created_at`,
      [
        ...valuesOf(scope),
        requestHash,
        new Date(now + lockMs),
        new Date(now),
        new Date(now + keyLifetimeMs),
      ],
    );
    return claimed === 1 ? undefined : this.replay(scope, requestHash, now);
  }

  /** @param secret sealed, and replayed for ten minutes only */
  async complete(scope: IdempotencyScope, answer: StoredAnswer, secret: boolean): Promise<void> {
    const body = Buffer.from(JSON.stringify(answer.body ?? null));
    await this.sql.execute(
      `UPDATE idempotency_key SET status = $5, headers = $6, body = $7, body_sealed = $8, replay_until = $9
       WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4`,
      [
        ...valuesOf(scope),
        answer.status,
        answer.headers,
        secret ? this.box.seal(body, contextOf(scope)) : body,
        secret,
        secret ? new Date(this.clock.now() + secretReplayMs) : null,
      ],
    );
  }

  /** Gives the key back after a request that changed nothing. */
  async release(scope: IdempotencyScope): Promise<void> {
    await this.sql.execute(
      `DELETE FROM idempotency_key
       WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4 AND status IS NULL`,
      valuesOf(scope),
    );
  }

  /** Forgets keys past their day, and the bodies of secret answers past their minutes. */
  async prune(stop?: AbortSignal): Promise<void> {
    await this.sweep('DELETE FROM idempotency_key', 'expires_at <= $1', stop);
    await this.sweep(
      'UPDATE idempotency_key SET body = NULL',
      'replay_until <= $1 AND body IS NOT NULL',
      stop,
    );
  }

  /** A batch in a statement: nothing is locked for long. */
  private async sweep(change: string, over: string, stop: AbortSignal | undefined): Promise<void> {
    for (let changed = pruneBatch; changed === pruneBatch && !stop?.aborted;) {
      changed = await this.sql.execute(
        `${change} WHERE (tenant_id, actor, route, key) IN (
           SELECT tenant_id, actor, route, key FROM idempotency_key WHERE ${over} LIMIT ${pruneBatch}
           FOR UPDATE SKIP LOCKED)`,
        [this.clock.date()],
      );
    }
  }

  private async replay(
    scope: IdempotencyScope,
    requestHash: Buffer,
    nowMs: number,
  ): Promise<StoredAnswer> {
    const [row] = await this.sql.query<Row>(
      `SELECT request_hash, status, headers, body, body_sealed, replay_until, locked_until FROM idempotency_key
       WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4`,
      valuesOf(scope),
    );
    // Released between the two statements: the first request failed, and the next one may run.
    if (!row) throw inProgress();
    if (!row.request_hash.equals(requestHash))
      throw new AppError('idempotency_key_reused', {
        detail:
          'It came with another request before (another URL or body): use a new key for each request.',
      });
    if (row.status === null) {
      if (row.locked_until.getTime() > nowMs) throw inProgress();
      throw expired(
        'The first request was cut off: read whether it had its effect, and repeat it with a new key where it had not.',
      );
    }
    const over = row.replay_until !== null && row.replay_until.getTime() <= nowMs;
    if (over || !row.body)
      throw expired(
        'The first request had its effect; its answer held a secret, which is kept for ten minutes only. Where it did not reach you, rotate with a new key, or list what was made.',
      );
    const body = row.body_sealed ? this.box.open(row.body, contextOf(scope)) : row.body;
    return {
      status: row.status,
      headers: row.headers ?? {},
      body: JSON.parse(body.toString()) as unknown,
    };
  }
}

const valuesOf = ({ tenantId, actor, route, key }: IdempotencyScope): string[] => [
  tenantId,
  actor,
  route,
  key,
];

const contextOf = (scope: IdempotencyScope): string =>
  `idempotency_key:${JSON.stringify(valuesOf(scope))}`;

const inProgress = (): AppError =>
  new AppError('idempotency_in_progress', {
    detail: 'Repeat the request in a second to get the answer of the first.',
    headers: { 'Retry-After': '1' },
  });

const expired = (detail: string): AppError =>
  new AppError('idempotency_replay_expired', { detail });
