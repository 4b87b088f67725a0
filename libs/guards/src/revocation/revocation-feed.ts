import type { Clock, Logger, Notifications, Sql } from '#libs/foundation';
import type { AccessToken } from '../tokens/access-token.js';

export type RevocationKind = 'token' | 'app' | 'user' | 'tenant' | 'key' | 'session' | 'grant';

/**
 * What is written to revoke: tokens of the subject issued before `notBeforeMs` are dead; a key's all are, since
 * whoever stole it writes what `iat` they like. The last one written holds,
 * so whoever may write it for one subject takes turns: under the lock of its row.
 */
export interface Revocation {
  kind: RevocationKind;
  subject: string;
  notBeforeMs: number;
  /** When the last token concerned has expired and the row may go. */
  expiresAtMs: number;
}

export const REVOCATION_CHANNEL = 'revocation';

/** Writes a revocation inside the caller's transaction; every instance feels it within the poll interval at most. */
export async function revoke(sql: Sql, revocation: Revocation): Promise<void> {
  await sql.execute(
    'INSERT INTO revocation (kind, subject, not_before, expires_at) VALUES ($1, $2, $3, $4)',
    [
      revocation.kind,
      revocation.subject,
      new Date(revocation.notBeforeMs),
      new Date(revocation.expiresAtMs),
    ],
  );
}

interface Row {
  id: string;
  kind: string;
  subject: string;
  not_before: Date;
  expires_at: Date;
}

interface Entry {
  id: number;
  notBeforeMs: number;
  expiresAtMs: number;
}

const pollIntervalMs = 2_000;
const staleAfterMs = 30_000;
const sweepIntervalMs = 60_000;

/**
 * The live set of revocations: loaded at start, refreshed by NOTIFY and by a poll. A poll reads every row whose
 * transaction may have been open at the one before (xid >= its xmin), so that a late commit is not skipped.
 */
export class RevocationFeed {
  /** By kind, then by subject: a look-up on every request builds no key. */
  private readonly entries = new Map<string, Map<string, Entry>>();
  private xmin = '0';
  private freshAtMs = Number.NEGATIVE_INFINITY;
  private sweptAtMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private reading: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    private readonly sql: Sql,
    private readonly notifications: Notifications,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** Measures the feed's age: monotonic, as the timers are, so that setting a clock does not matter. */
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  async start(): Promise<void> {
    await this.load();
    this.unsubscribe = await this.notifications.subscribe(
      REVOCATION_CHANNEL,
      () => void this.refresh(),
    );
    this.timer = setInterval(() => void this.refresh(), pollIntervalMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe?.();
    await this.reading;
  }

  /** Whether the last successful read is too long ago to trust a token with a sensitive scope. */
  isStale(): boolean {
    return this.monotonicMs() - this.freshAtMs > staleAfterMs;
  }

  isRevoked(token: AccessToken): boolean {
    return (
      this.isDead('token', token.tokenId, token) ||
      this.entries.get('key')?.has(token.keyId) === true ||
      this.isDead('tenant', token.tenantId, token) ||
      this.isDead('app', token.clientId, token) ||
      (token.use === 'user' && this.isDead('user', token.subject, token)) ||
      this.isDead('session', token.sessionId, token) ||
      this.isDead('grant', token.grantId, token)
    );
  }

  /** Whether the tenant is suspended: then its tokens are dead whenever they were issued, those to come included. */
  isSuspended(tenantId: string | undefined): boolean {
    const entry = tenantId === undefined ? undefined : this.entries.get('tenant')?.get(tenantId);
    return entry !== undefined && this.clock.now() < entry.notBeforeMs;
  }

  /** Reads what is new. Calls during a read are folded into one that follows it, and wait for that one. */
  async refresh(): Promise<void> {
    this.next ??= this.reading.then(() => {
      this.next = undefined;
      this.reading = this.load().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'cannot read revocations'),
      );
      return this.reading;
    });
    return this.next;
  }

  private isDead(kind: RevocationKind, subject: string | undefined, token: AccessToken): boolean {
    if (subject === undefined) return false;
    const entry = this.entries.get(kind)?.get(subject);
    return entry !== undefined && token.issuedAtMs < entry.notBeforeMs;
  }

  private async load(): Promise<void> {
    const startedAtMs = this.monotonicMs();
    const [snapshot] = await this.sql.query<{ xmin: string }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
    );
    const rows = await this.sql.query<Row>(
      'SELECT id, kind, subject, not_before, expires_at FROM revocation WHERE xid >= $1::xid8 AND expires_at > $2',
      [this.xmin, this.clock.date()],
    );
    for (const row of rows) {
      const entries = this.entries.get(row.kind) ?? new Map<string, Entry>();
      this.entries.set(row.kind, entries);
      // The last one written of a subject holds (ADR 13); a row may be read again after a later one.
      const id = Number(row.id);
      if (id < (entries.get(row.subject)?.id ?? 0)) continue;
      entries.set(row.subject, {
        id,
        notBeforeMs: row.not_before.getTime(),
        expiresAtMs: row.expires_at.getTime(),
      });
    }
    this.xmin = snapshot?.xmin ?? this.xmin;
    this.freshAtMs = startedAtMs;
    if (startedAtMs - this.sweptAtMs >= sweepIntervalMs) this.sweep(startedAtMs);
  }

  /** What has expired concerns no token any more. Seldom, since it goes through all there is. */
  private sweep(startedAtMs: number): void {
    this.sweptAtMs = startedAtMs;
    const nowMs = this.clock.now();
    for (const entries of this.entries.values()) {
      for (const [subject, { expiresAtMs }] of entries) {
        if (expiresAtMs <= nowMs) entries.delete(subject);
      }
    }
  }
}
