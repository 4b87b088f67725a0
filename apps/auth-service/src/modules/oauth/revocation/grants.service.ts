import { Clock, type Sql } from '#libs/foundation';
import { revoke } from '#libs/guards';
import { Injectable } from '@nestjs/common';

const longestAccessTokenMs = 86_400_000;
const skewMs = 60_000;

/** Ends what users have granted: refresh tokens at once, access tokens within seconds. */
@Injectable()
export class Grants {
  constructor(private readonly clock: Clock) {}

  /** Ends one grant with everything that came of it. Harmless when it has ended already. */
  async end(sql: Sql, grantId: string): Promise<void> {
    const endedAt = this.clock.date();
    await sql.execute(
      'UPDATE oauth_grant SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
      [grantId, endedAt],
    );
    // Later than any token of the grant can be issued: one that is being signed right now dies as well.
    const endMs = endedAt.getTime() + longestAccessTokenMs + skewMs;
    await revoke(sql, {
      kind: 'grant',
      subject: grantId,
      notBeforeMs: endMs,
      expiresAtMs: endMs,
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
