import { type Sql } from '#libs/foundation';
import { revoke } from '#libs/guards';
import type { EffectivePolicy } from './effective-policy.js';

/** Longer than any token lives: a service token's 30 days and the verifier's tolerance. */
export const LONGEST_TOKEN_MS = 31 * 86_400_000;

/** Kills every token of the app that was issued before now. */
export async function revokeAppTokens(sql: Sql, appId: string, nowMs: number): Promise<void> {
  await revoke(sql, {
    kind: 'app',
    subject: appId,
    notBeforeMs: nowMs,
    expiresAtMs: nowMs + LONGEST_TOKEN_MS,
  });
}

/** Kills every token of an app that is gone, also one that is being issued right now. */
export async function endAppTokens(sql: Sql, appId: string, nowMs: number): Promise<void> {
  const endMs = nowMs + LONGEST_TOKEN_MS;
  await revoke(sql, { kind: 'app', subject: appId, notBeforeMs: endMs, expiresAtMs: endMs });
}

/** Kills the live service tokens of the apps, and no other token of theirs. */
export async function revokeServiceTokens(
  sql: Sql,
  appIds: readonly string[],
  nowMs: number,
): Promise<void> {
  const rows = await sql.query<{ jti: string; expires_at: Date }>(
    `UPDATE service_token SET revoked_at = $2
     WHERE app_id = ANY ($1) AND revoked_at IS NULL AND expires_at > $2 RETURNING jti, expires_at`,
    [appIds, new Date(nowMs)],
  );
  for (const { jti, expires_at } of rows) await revokeToken(sql, jti, expires_at);
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

/** What a change of policy does to what is already issued. Everything else is judged at its next use. */
export async function applyPolicyChange(
  sql: Sql,
  appId: string,
  before: EffectivePolicy,
  after: EffectivePolicy,
  nowMs: number,
): Promise<void> {
  if (before.status === 'active' && after.status === 'suspended')
    await revokeAppTokens(sql, appId, nowMs);
  if (before.allowServiceTokens && !after.allowServiceTokens)
    await revokeServiceTokens(sql, [appId], nowMs);
}
