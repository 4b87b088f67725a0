import type { Sql } from '#libs/foundation';

/**
 * Holds a user as they are while something is issued on their word: whoever changes role, status, password or
 * sessions waits, and then revokes what was issued (ADR 0013). Before any other lock, so that nobody waits in a ring.
 */
export async function holdUser(sql: Sql, userId: string): Promise<void> {
  await sql.query('SELECT FROM user_account WHERE id = $1 FOR SHARE', [userId]);
}

/** Waits until nothing is being issued on the user's word, and keeps it so until the end of the transaction. */
export async function lockUser(sql: Sql, userId: string): Promise<void> {
  await sql.query('SELECT FROM user_account WHERE id = $1 FOR NO KEY UPDATE', [userId]);
}
