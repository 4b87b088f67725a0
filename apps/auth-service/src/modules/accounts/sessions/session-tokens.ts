import type { Sql } from '#libs/foundation';
import { revokeTokensOf } from '../../identity/index.js';

/**
 * Ends what apps got through sessions that are over: access tokens at once, and codes that are not redeemed yet.
 * Refresh tokens are there only where the user allowed access while away (`offline_access`): they go on (OpenID Connect
 * Core section 11) until it is taken away on `/account/apps`. The caller has locked the user.
 */
export async function endSessionTokens(
  sql: Sql,
  sessionIds: readonly string[],
  now: Date,
): Promise<void> {
  // In one order, and before the session itself, as everything that locks many grants does.
  await sql.execute(
    `WITH live AS (SELECT id FROM oauth_grant WHERE session_id = ANY ($1) AND revoked_at IS NULL
                     AND NOT 'offline_access' = ANY (scopes) ORDER BY id FOR UPDATE)
     UPDATE oauth_grant SET revoked_at = $2 FROM live WHERE oauth_grant.id = live.id`,
    [sessionIds, now],
  );
  for (const id of sessionIds) await revokeTokensOf(sql, 'session', id, now.getTime());
}
