import type { Sql } from '#libs/foundation';

/**
 * Holds a user as they are while something is issued on their word: whoever changes role, status, password or
 * sessions waits, and then revokes what was issued (ADR 13). Before any other lock, so that nobody waits in a ring.
 */
export async function holdUser(sql: Sql, userId: string): Promise<void> {
  await sql.query('SELECT FROM user_account WHERE id = $1 FOR SHARE', [userId]);
}

/** Waits until nothing is being issued on the word of the users, and keeps it so until the end of the transaction. */
export async function lockUsers(sql: Sql, ...userIds: string[]): Promise<void> {
  // In one order: two people who take turns in two browsers must not wait for each other.
  await sql.query('SELECT FROM user_account WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [
    userIds,
  ]);
}

/**
 * Whether the user, whom the caller has locked, may sign in with the password that was right. Whoever changes any of it
 * holds the user's row, and ends the sessions that are there by then.
 */
export async function isStillSo(sql: Sql, userId: string, passwordHash: string): Promise<boolean> {
  const rows = await sql.query(
    `SELECT FROM user_account JOIN tenant ON tenant.id = tenant_id
     WHERE user_account.id = $1 AND password_hash = $2
       AND user_account.status = 'active' AND tenant.status = 'active'`,
    [userId, passwordHash],
  );
  return rows.length === 1;
}
