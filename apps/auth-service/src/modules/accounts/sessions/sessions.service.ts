import { randomBytes } from 'node:crypto';
import type { UserRole } from '#libs/entities';
import { Clock, Database, Ids, type RequestFacts, type Sql } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../identity/index.js';
import type { Session, SignedInUser, VerifiedUser } from './session.js';
import { digestOf } from './digest.js';
import { endSessionTokens } from './session-tokens.js';
import { lockSession, newSuccessorSeed, retire, successorSecret } from './succession.js';
import { isStillSo, lockUsers } from './user-lock.js';

const idleMs = 8 * 3_600_000;
const absoluteMs = 24 * 3_600_000;
/** A session that only looks at the login page is not kept for a day. */
const beforeLoginMs = 3_600_000;
const touchEveryMs = 60_000;

export interface ListedSession {
  id: string;
  ip: string;
  userAgent: string;
  createdAt: Date;
  lastSeenAt: Date;
}

interface Row {
  id: string;
  user_id: string | null;
  tenant_id: string;
  email: string;
  role: UserRole;
  auth_time: Date | null;
  last_seen_at: Date;
}

/** Sessions of our pages: rows in the database, found by the digest of a cookie. */
@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly ids: Ids,
    private readonly feed: RevocationFeed,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * The live session behind a cookie: 8 h idle, 24 h at most, and only while user and tenant are active.
   * @param retiredToo one that a login has just replaced counts as one without a user
   */
  async find(secret: string, retiredToo: boolean): Promise<Session | undefined> {
    const now = this.clock.now();
    const [row] = await this.database.query<Row>(
      `SELECT user_session.id, user_id, user_session.tenant_id, email, role, auth_time, last_seen_at FROM user_session
       LEFT JOIN user_account ON user_account.id = user_id LEFT JOIN tenant ON tenant.id = user_session.tenant_id
       WHERE digest = $1 AND expires_at > $2 AND last_seen_at > $3 AND (successor_id IS NULL OR $4)
         AND (user_id IS NULL OR (user_account.status = 'active' AND tenant.status = 'active'))`,
      [digestOf(secret), new Date(now), new Date(now - idleMs), retiredToo],
    );
    if (!row) return undefined;
    if (row.last_seen_at.getTime() + touchEveryMs <= now) await this.touch(row.id);
    const { user_id: id, tenant_id: tenantId, email, role } = row;
    return {
      id: row.id,
      secret,
      user: id === null ? undefined : { id, tenantId, email, role },
      authTimeMs: row.auth_time?.getTime(),
    };
  }

  /** A session before any login, so that the login form can carry a token against forgery. */
  async createAnonymous(request: RequestFacts): Promise<Session> {
    return this.insert(this.database, request, undefined, beforeLoginMs);
  }

  /**
   * Signs in: always a new id and a new cookie, so that nobody can plant a session (ASVS 3.2.1). The requests the
   * old session was in the middle of move along, but not what its user has decided. Another user's session ends.
   * A form that is sent twice is one login: both answers carry the same cookie (ADR 25).
   * @returns undefined where the password was changed or the user suspended while it was being checked, `over` where
   * the old session has ended or led to another login
   */
  async signIn(
    previous: Session,
    { passwordHash, ...user }: VerifiedUser,
    request: RequestFacts,
  ): Promise<Session | 'over' | undefined> {
    const next = await this.database.transaction(async (transaction) => {
      await lockUsers(transaction, user.id, previous.user?.id ?? user.id);
      if (!(await isStillSo(transaction, user.id, passwordHash))) return undefined;
      // Grants are locked before sessions (ADR 21).
      if (previous.user && previous.user.id !== user.id)
        await this.endTokens(transaction, previous.id, previous.user.id);
      const former = await lockSession(transaction, previous.id);
      if (!former) return 'over';
      if (former.successorSeed)
        return this.signedInAs(transaction, user, successorSecret(previous, former.successorSeed));
      const seed = newSuccessorSeed();
      const secret = successorSecret(previous, seed);
      const session = await this.insert(transaction, request, user, absoluteMs, secret);
      await transaction.execute(
        `UPDATE authorization_request SET session_id = $2, login_at = $3, consented = false, denied = false
         WHERE session_id = $1`,
        [previous.id, session.id, this.clock.date()],
      );
      if (previous.user?.id === user.id)
        await transaction.execute('UPDATE user_session SET earlier_ids = $2 WHERE id = $1', [
          session.id,
          former.ids,
        ]);
      await retire(transaction, previous, { id: session.id, seed }, this.clock.now());
      await this.record(transaction, 'user.signed_in', user, session.id, request);
      return session;
    });
    if (previous.user) await this.feed.refresh();
    return next;
  }

  async listOf(user: SignedInUser): Promise<ListedSession[]> {
    const now = this.clock.now();
    return this.database.query<ListedSession & Record<string, unknown>>(
      `SELECT id, ip, user_agent AS "userAgent", created_at AS "createdAt", last_seen_at AS "lastSeenAt" FROM user_session
       WHERE user_id = $1 AND expires_at > $2 AND last_seen_at > $3 ORDER BY last_seen_at DESC, id`,
      [user.id, new Date(now), new Date(now - idleMs)],
    );
  }

  /** Ends one of the user's own sessions, and what apps got through it; of anyone else's nothing happens. */
  async end(user: SignedInUser, sessionId: string, request: RequestFacts): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await lockUsers(transaction, user.id);
      await this.endTokens(transaction, sessionId, user.id);
      const count = await transaction.execute(
        'DELETE FROM user_session WHERE id = $1 AND user_id = $2',
        [sessionId, user.id],
      );
      if (count > 0) await this.record(transaction, 'user.signed_out', user, sessionId, request);
    });
    await this.feed.refresh();
  }

  /** Last in its transaction: the tenant's chain is held until the commit. */
  private async record(
    transaction: Sql,
    action: 'user.signed_in' | 'user.signed_out',
    { id, tenantId }: SignedInUser,
    sessionId: string,
    request: RequestFacts,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId,
      actor: { kind: 'user', id },
      action,
      target: { kind: 'session', id: sessionId },
      request,
    });
  }

  private async insert(
    sql: Sql,
    request: RequestFacts,
    user: SignedInUser | undefined,
    lifeMs: number,
    secret = randomBytes(32).toString('base64url'),
  ): Promise<Session> {
    const id = this.ids.create('ses');
    const now = this.clock.now();
    await sql.execute(
      `INSERT INTO user_session (id, digest, tenant_id, user_id, auth_time, ip, user_agent, created_at, last_seen_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
      [
        id,
        digestOf(secret),
        user?.tenantId ?? null,
        user?.id ?? null,
        user ? new Date(now) : null,
        request.ip,
        request.userAgent.slice(0, 300),
        new Date(now),
        new Date(now + lifeMs),
      ],
    );
    return { id, secret, user, authTimeMs: user ? now : undefined };
  }

  /** The session that a login has begun before. */
  private async signedInAs(
    sql: Sql,
    user: SignedInUser,
    secret: string,
  ): Promise<Session | 'over'> {
    const [row] = await sql.query<{ id: string; auth_time: Date }>(
      'SELECT id, auth_time FROM user_session WHERE digest = $1 AND user_id = $2',
      [digestOf(secret), user.id],
    );
    return row ? { id: row.id, secret, user, authTimeMs: row.auth_time.getTime() } : 'over';
  }

  /** Ends what apps got through a session of the user's; of anyone else's nothing happens. */
  private async endTokens(sql: Sql, id: string, userId: string): Promise<void> {
    const [row] = await sql.query<{ ids: string[] }>(
      'SELECT earlier_ids || id AS ids FROM user_session WHERE id = $1 AND user_id = $2',
      [id, userId],
    );
    await endSessionTokens(sql, row?.ids ?? [], this.clock.date());
  }

  private async touch(id: string): Promise<void> {
    await this.database.execute('UPDATE user_session SET last_seen_at = $2 WHERE id = $1', [
      id,
      this.clock.date(),
    ]);
  }
}
