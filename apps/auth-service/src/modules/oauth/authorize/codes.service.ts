import {
  Clock,
  createOpaqueToken,
  Database,
  Ids,
  OAuthError,
  type RequestFacts,
  type Sql,
} from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { digestOf, holdUser, type Session, type SignedInUser } from '../../accounts/index.js';
import { Consents } from '../consent/consents.service.js';
import { scopesToConsent } from './authorize-request.js';
import type { Decision } from './authorize.decision.js';
import { PendingRequests } from './pending-requests.js';

/** RFC 6749 section 4.1.2 allows ten minutes; a redirect takes seconds. */
const lifeMs = 60_000;

/** Issues authorization codes: a grant, the code bound to it, and the consent it rests on, in one transaction. */
@Injectable()
export class Codes {
  constructor(
    private readonly database: Database,
    private readonly pending: PendingRequests,
    private readonly consents: Consents,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns undefined where the pending request has led to a code already, or the session is over
   * @throws OAuthError access_denied where the user has just taken the app's access away
   */
  async issue(
    { request, session, consented }: Decision & { kind: 'grant' },
    tx: string | undefined,
    facts: RequestFacts,
  ): Promise<string | undefined> {
    const { client, parameters, resources } = request;
    const code = createOpaqueToken('ac');
    const grantId = this.ids.create('grt');
    const now = this.clock.now();
    return this.database.transaction(async (transaction) => {
      await holdUser(transaction, session.user.id);
      if (!(await isLive(transaction, session))) return undefined;
      if (tx !== undefined && !(await this.pending.close(transaction, tx))) return undefined;
      if (!consented && !(await this.consents.covers(transaction, session.user, request)))
        throw new OAuthError('access_denied', 'The user has taken the access away.');
      await transaction.execute(
        `INSERT INTO oauth_grant (id, tenant_id, user_id, app_id, session_id, scopes, resources, auth_time, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
        [
          grantId,
          client.app.tenantId,
          session.user.id,
          client.app.id,
          session.id,
          scopesToConsent(request),
          resources ?? null,
          new Date(session.authTimeMs ?? now),
          new Date(now),
        ],
      );
      await transaction.execute(
        `INSERT INTO authorization_code (digest, grant_id, app_id, redirect_uri, sent_to, code_challenge, nonce, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          digestOf(code),
          grantId,
          client.app.id,
          parameters.get('redirect_uri') ?? null,
          request.redirectUri,
          request.codeChallenge ?? null,
          parameters.get('nonce') ?? null,
          new Date(now + lifeMs),
        ],
      );
      // Last, as everywhere: the lock of the audit log is nobody's to hold while waiting for rows.
      if (consented) await this.consents.grant(transaction, session.user, request, facts);
      else await this.consents.note(transaction, session.user, request);
      return code;
    });
  }
}

/** Whether the user has not signed out, nor been signed out, since the request came in. */
async function isLive(sql: Sql, session: Session & { user: SignedInUser }): Promise<boolean> {
  const rows = await sql.query('SELECT FROM user_session WHERE id = $1 AND user_id = $2', [
    session.id,
    session.user.id,
  ]);
  return rows.length === 1;
}
