import { randomBytes } from 'node:crypto';
import { Clock, Database, type Sql, type Transaction } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { digestOf } from '../sessions/digest.js';
import { lockUsers } from '../sessions/user-lock.js';

export type LinkPurpose = 'enrol' | 'reset';

const lifeMs = 15 * 60_000;
const page: Readonly<Record<LinkPurpose, string>> = { enrol: '/enrol', reset: '/reset/confirm' };

/** Links that work once, for 15 minutes. Opening one changes nothing: mail scanners open links. */
@Injectable()
export class OneTimeLinks {
  constructor(
    private readonly database: Database,
    private readonly config: AuthConfig,
    private readonly clock: Clock,
  ) {}

  /** Makes a link; earlier ones of the same purpose are void. @returns the URL, told once */
  async create(transaction: Transaction, userId: string, purpose: LinkPurpose): Promise<string> {
    await lockUsers(transaction, userId);
    const token = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    await transaction.execute(
      'UPDATE one_time_link SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL',
      [userId, purpose, new Date(now)],
    );
    await transaction.execute(
      'INSERT INTO one_time_link (digest, user_id, purpose, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [digestOf(token), userId, purpose, new Date(now), new Date(now + lifeMs)],
    );
    return `${this.config.issuer}${page[purpose]}?token=${token}`;
  }

  /** Whose link it is, while it can be used. */
  async peek(
    token: string,
    purpose: LinkPurpose,
  ): Promise<{ userId: string; email: string } | undefined> {
    const [row] = await this.database.query<{ userId: string; email: string }>(
      `SELECT user_id AS "userId", email FROM one_time_link JOIN user_account ON user_account.id = user_id
       WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 AND status <> 'suspended'`,
      [digestOf(token), purpose, this.clock.date()],
    );
    return row;
  }

  /** Uses a link up, once whoever else tries. @returns the user, or undefined where it cannot be used (any more) */
  async redeem(sql: Sql, token: string, purpose: LinkPurpose): Promise<string | undefined> {
    const [row] = await sql.query<{ user_id: string }>(
      `UPDATE one_time_link SET used_at = $3 WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
       RETURNING user_id`,
      [digestOf(token), purpose, this.clock.date()],
    );
    return row?.user_id;
  }

  /** Ends all that a user has left. The caller has locked the user. */
  async endAll(sql: Sql, userId: string): Promise<void> {
    await sql.execute(
      'UPDATE one_time_link SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL',
      [userId, this.clock.date()],
    );
  }
}
