import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { PageError } from '../pages/page-endpoint.js';
import { digestOf } from '../sessions/digest.js';
import type { Session } from '../sessions/session.js';

/** What an authorization request that waits for a login is about. */
export interface WaitingRequest {
  tenantId: string;
  appName: string;
}

@Injectable()
export class WaitingRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The request behind a `tx`; only the session that began it may go on with it. It is told of to the form that has
   * just signed in as well, which may be sent twice.
   * @returns undefined without a `tx`
   * @throws PageError 410: nobody types a password for what is over
   */
  async find(
    tx: string | undefined,
    session: Session | undefined,
  ): Promise<WaitingRequest | undefined> {
    if (tx === undefined) return undefined;
    const [row] = await this.database.query<WaitingRequest & Record<string, unknown>>(
      `SELECT app.tenant_id AS "tenantId", app.name AS "appName"
       FROM authorization_request JOIN platform_app app ON app.id = authorization_request.app_id
       WHERE digest = $1 AND authorization_request.expires_at > $3
         AND session_id IN ($2, (SELECT successor_id FROM user_session WHERE id = $2))`,
      [digestOf(tx), session?.id ?? '', this.clock.date()],
    );
    if (!row)
      throw new PageError(410, 'errorExpired', { reason: 'no such request of this session' });
    return row;
  }
}
