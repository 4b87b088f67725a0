import { randomBytes } from 'node:crypto';
import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { digestOf, type Session } from '../../accounts/index.js';

const lifeMs = 30 * 60_000;

/** An authorization request that waits for its user, and what the user has done for it so far. */
export interface PendingRequest {
  tx: string;
  /** The parameters as the client sent them. */
  query: string;
  loginAtMs: number | undefined;
  /** What the consent page showed when the user agreed; undefined before. */
  consentedScopes: readonly string[] | undefined;
  denied: boolean;
}

/** Requests that wait for login or consent. Each belongs to the session that began it. */
@Injectable()
export class PendingRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async create(session: Session, appId: string, query: string): Promise<PendingRequest> {
    const tx = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    await this.database.execute(
      `INSERT INTO authorization_request (digest, session_id, app_id, query, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [digestOf(tx), session.id, appId, query, new Date(now), new Date(now + lifeMs)],
    );
    return { tx, query, loginAtMs: undefined, consentedScopes: undefined, denied: false };
  }

  async find(tx: string, session: Session | undefined): Promise<PendingRequest | undefined> {
    const [row] = await this.database.query<{
      query: string;
      login_at: Date | null;
      scopes: string[] | null;
      denied: boolean;
    }>(
      `SELECT query, login_at, denied, CASE WHEN consented THEN consented_scopes END AS scopes
       FROM authorization_request
       WHERE digest = $1 AND session_id = $2 AND expires_at > $3`,
      [digestOf(tx), session?.id ?? '', this.clock.date()],
    );
    if (!row) return undefined;
    const { query, denied, scopes, login_at } = row;
    return {
      tx,
      query,
      loginAtMs: login_at?.getTime(),
      consentedScopes: scopes ?? undefined,
      denied,
    };
  }

  /** @param scopes what the user was shown */
  async consent(tx: string, session: Session, scopes: readonly string[]): Promise<void> {
    await this.database.execute(
      'UPDATE authorization_request SET consented = true, consented_scopes = $3 WHERE digest = $1 AND session_id = $2',
      [digestOf(tx), session.id, scopes],
    );
  }

  async deny(tx: string, session: Session): Promise<void> {
    await this.database.execute(
      'UPDATE authorization_request SET denied = true WHERE digest = $1 AND session_id = $2',
      [digestOf(tx), session.id],
    );
  }

  /** Ends a request. @returns false where it has ended already: it leads to one code at most */
  async close(sql: Sql, tx: string): Promise<boolean> {
    const count = await sql.execute('DELETE FROM authorization_request WHERE digest = $1', [
      digestOf(tx),
    ]);
    return count === 1;
  }
}
