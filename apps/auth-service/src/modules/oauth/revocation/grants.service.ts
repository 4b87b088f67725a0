import { Clock, type RequestFacts, type Sql } from '#libs/foundation';
import { revoke } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog, longestUserTokenMs } from '../../identity/index.js';

/** How a client ended a grant: it asked for it, or a code or a refresh token of the grant was used twice. */
interface EndedByClient {
  action: 'grant.revoked' | 'grant.reuse_detected';
  grantId: string;
  app: { id: string; tenantId: string };
  facts: RequestFacts;
}

/** Ends what users have granted: refresh tokens at once, access tokens within seconds. */
@Injectable()
export class Grants {
  constructor(
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends one grant with everything that came of it. Nothing is left to do when it has ended already: whatever ends
   * grants kills their access tokens in the same transaction, and so a repeated call costs no instance a look.
   * @returns whether it lived until now
   */
  async end(sql: Sql, grantId: string): Promise<boolean> {
    const endedAt = this.clock.date();
    const count = await sql.execute(
      'UPDATE oauth_grant SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
      [grantId, endedAt],
    );
    if (count === 0) return false;
    // Later than any token of the grant can be issued: one that is being signed right now dies as well.
    const endMs = endedAt.getTime() + longestUserTokenMs;
    await revoke(sql, {
      kind: 'grant',
      subject: grantId,
      notBeforeMs: endMs,
      expiresAtMs: endMs,
    });
    return true;
  }

  /** As `end`; the audit log tells of it, once. */
  async endByClient(sql: Sql, { action, grantId, app, facts }: EndedByClient): Promise<void> {
    if (!(await this.end(sql, grantId))) return;
    await this.audit.record(sql, {
      tenantId: app.tenantId,
      actor: { kind: 'client', id: app.id },
      action,
      target: { kind: 'grant', id: grantId },
      request: facts,
    });
  }

  /** Ends every grant of a user, or those for one app. */
  async endOfUser(sql: Sql, userId: string, appId?: string): Promise<void> {
    const rows = await sql.query<{ id: string }>(
      `SELECT id FROM oauth_grant WHERE user_id = $1 AND ($2::text IS NULL OR app_id = $2) AND revoked_at IS NULL
       ORDER BY id FOR UPDATE`,
      [userId, appId ?? null],
    );
    for (const { id } of rows) await this.end(sql, id);
  }
}
