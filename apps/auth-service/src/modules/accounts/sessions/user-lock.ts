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
