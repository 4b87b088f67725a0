import { createHmac, randomBytes } from 'node:crypto';
import type { Sql } from '#libs/foundation';
import type { Session } from './session.js';

/** How long a form that has signed somebody in is answered once more as it was. */
const toldAgainMs = 30_000;

/** A session as it stands while it is locked. */
interface LockedSession {
  /** Every id it ever had, as `sid` claims name them. */
  ids: string[];
  /** Of the session that a login has put in its place. */
  successorSeed: Buffer | null;
}

/** Holds a session until the end of the transaction: of many logins from it one puts another in its place. */
export async function lockSession(sql: Sql, id: string): Promise<LockedSession | undefined> {
  const [row] = await sql.query<LockedSession & Record<string, unknown>>(
    `SELECT earlier_ids || id AS ids, successor_seed AS "successorSeed" FROM user_session WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return row;
}

export const newSuccessorSeed = (): Buffer => randomBytes(32);

/**
 * The cookie of a session's successor. It takes the former cookie and our database to work it out: nobody gets it who
 * planted the former, or who reads a copy of the table.
 */
export function successorSecret(former: Session, seed: Buffer): string {
  return createHmac('sha256', former.secret).update(seed).digest('base64url');
}

/** Takes a session from its user. For a short while it is still known whom the form it came with has signed in. */
export async function retire(
  sql: Sql,
  former: Session,
  successor: { id: string; seed: Buffer },
  nowMs: number,
): Promise<void> {
  await sql.execute(
    `UPDATE user_session SET user_id = NULL, tenant_id = NULL, auth_time = NULL, earlier_ids = '{}', expires_at = $2,
       successor_id = $3, successor_seed = $4
     WHERE id = $1`,
    [former.id, new Date(nowMs + toldAgainMs), successor.id, successor.seed],
  );
}
