import type { AppStatus } from '#libs/entities';
import type { Sql } from '#libs/foundation';
import { revoke } from '#libs/guards';
import type { LockedApp } from '../apps/lock-app.js';

/** Longer than any token on a user's word lives: the most that governance allows, and the verifiers' tolerance. */
export const longestUserTokenMs = 86_400_000 + 60_000;
/** Longer than any token lives: a service token's 30 days and the verifiers' tolerance. */
const longestTokenMs = 31 * 86_400_000;

/** How long tokens of a holder may live after it: only an app and its tenant have service tokens. */
const longestMs = {
  app: longestTokenMs,
  tenant: longestTokenMs,
  user: longestUserTokenMs,
  session: longestUserTokenMs,
} as const;

/**
 * Kills the tokens of a holder that were issued up to now. The caller holds the row that their issue depends on
 * since before `nowMs` (ADR 13).
 */
export async function revokeTokensOf(
  sql: Sql,
  kind: keyof typeof longestMs,
  subject: string,
  nowMs: number,
): Promise<void> {
  const expiresAtMs = nowMs + longestMs[kind];
  await revoke(sql, { kind, subject, notBeforeMs: nowMs + 1, expiresAtMs });
}

/**
 * Kills the tokens of a holder that is suspended or gone, whenever they are issued: also one that an instance is
 * about to sign, which saw the holder as it was. `revokeTokensOf` ends it.
 */
export async function endTokensOf(
  sql: Sql,
  kind: 'app' | 'tenant',
  subject: string,
  nowMs: number,
): Promise<void> {
  const endMs = nowMs + longestMs[kind];
  await revoke(sql, { kind, subject, notBeforeMs: endMs, expiresAtMs: endMs });
}

/** Kills the live service tokens of the apps, and no other token of theirs. */
export async function revokeServiceTokens(
  sql: Sql,
  appIds: readonly string[],
  nowMs: number,
): Promise<void> {
  const tokens = await endServiceTokens(sql, 'app_id = ANY ($1)', appIds, new Date(nowMs));
  for (const { jti, expires_at } of tokens) await revokeToken(sql, jti, expires_at);
}

/** In one order, that of `ServiceTokenUsage`: it locks many at once as well (ADR 21). */
async function endServiceTokens(
  sql: Sql,
  concerned: string,
  subject: string | readonly string[],
  now: Date,
): Promise<{ jti: string; expires_at: Date }[]> {
  return sql.query(
    `WITH live AS (SELECT jti FROM service_token
                   WHERE ${concerned} AND revoked_at IS NULL AND expires_at > $2 ORDER BY jti FOR UPDATE)
     UPDATE service_token SET revoked_at = $2 FROM live WHERE service_token.jti = live.jti
     RETURNING service_token.jti, expires_at`,
    [subject, now],
  );
}

/** Kills one token by its jti until it would have expired anyway. */
export async function revokeToken(sql: Sql, jti: string, expiresAt: Date): Promise<void> {
  const endsAtMs = expiresAt.getTime() + 60_000;
  await revoke(sql, {
    kind: 'token',
    subject: jti,
    notBeforeMs: endsAtMs,
    expiresAtMs: endsAtMs,
  });
}

const columnOf = { app: 'app_id', tenant: 'tenant_id', user: 'user_id' } as const;

/**
 * Ends what outlives the access tokens of a holder: refresh tokens, codes, service tokens and sessions. A suspension
 * does it at its start and once more at its end, since a request that saw the holder as it was may have been late.
 */
export async function endLastingOf(
  sql: Sql,
  kind: keyof typeof columnOf,
  subject: string,
  nowMs: number,
): Promise<void> {
  const column = columnOf[kind];
  const now = new Date(nowMs);
  // In one order, as everything that locks many grants does.
  await sql.execute(
    `WITH live AS (SELECT id FROM oauth_grant WHERE ${column} = $1 AND revoked_at IS NULL ORDER BY id FOR UPDATE)
     UPDATE oauth_grant SET revoked_at = $2 FROM live WHERE oauth_grant.id = live.id`,
    [subject, now],
  );
  if (kind !== 'user') await endServiceTokens(sql, `${column} = $1`, subject, now);
  if (kind !== 'app')
    await sql.execute(
      `WITH live AS (SELECT id FROM user_session WHERE ${column} = $1 ORDER BY id FOR UPDATE)
       DELETE FROM user_session USING live WHERE user_session.id = live.id`,
      [subject],
    );
}

/** What a suspension, or the end of one, does to what was issued to an app or a tenant. */
export async function applyStatusChange(
  sql: Sql,
  kind: 'app' | 'tenant',
  before: { id: string; status: AppStatus },
  after: { status: AppStatus },
  nowMs: number,
): Promise<void> {
  if (before.status === after.status) return;
  const apply = after.status === 'suspended' ? endTokensOf : revokeTokensOf;
  await apply(sql, kind, before.id, nowMs);
  await endLastingOf(sql, kind, before.id, nowMs);
}

/** What a change of policy does to what is already issued. Everything else is judged at its next use. */
export async function applyPolicyChange(
  sql: Sql,
  before: LockedApp,
  after: LockedApp,
  nowMs: number,
): Promise<void> {
  await applyStatusChange(sql, 'app', before.app, after.app, nowMs);
  if (before.policy.allowServiceTokens && !after.policy.allowServiceTokens)
    await revokeServiceTokens(sql, [after.app.id], nowMs);
}
