import { Clock, Database, type RequestFacts, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { lockUsers, type SignedInUser } from '../../accounts/index.js';
import { AuditLog } from '../../identity/index.js';
import { type AuthorizeRequest, scopesToConsent } from '../authorize/authorize-request.js';
import { Grants } from '../revocation/grants.service.js';

export interface ConsentedApp {
  appId: string;
  name: string;
  scopes: string[];
}

/** What users have agreed to, app by app. */
@Injectable()
export class Consents {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Whether the user has agreed to all of it before. An earlier consent to less, or to something else, is none. */
  async covers(sql: Sql, user: SignedInUser, request: AuthorizeRequest): Promise<boolean> {
    const { client } = request;
    if (isAnyonesClaim(request)) return false;
    switch (client.policy.consent) {
      case 'always':
        return false;
      case 'admin_granted':
        return true;
      case 'once': {
        const [row] = await sql.query<{ own_scopes: string[] }>(
          'SELECT own_scopes FROM user_consent WHERE user_id = $1 AND app_id = $2',
          [user.id, client.app.id],
        );
        return scopesToConsent(request).every((scope) => row?.own_scopes.includes(scope));
      }
    }
  }

  /** What the user agreed to on our page: it covers later requests. */
  async grant(
    sql: Sql,
    user: SignedInUser,
    request: AuthorizeRequest,
    facts: RequestFacts,
  ): Promise<void> {
    const scopes = scopesToConsent(request);
    await this.add(sql, user, request, scopes);
    await this.audit.record(sql, {
      tenantId: user.tenantId,
      actor: { kind: 'user', id: user.id },
      action: 'app.consent.granted',
      target: { kind: 'app', id: request.client.app.id },
      request: facts,
      after: { scopes },
    });
  }

  /** That the app has access, which the user did not have to be asked for: it covers nothing. */
  async note(sql: Sql, user: SignedInUser, request: AuthorizeRequest): Promise<void> {
    await this.add(sql, user, request, []);
  }

  private async add(
    sql: Sql,
    user: SignedInUser,
    request: AuthorizeRequest,
    own: readonly string[],
  ): Promise<void> {
    const { app } = request.client;
    await sql.execute(
      `INSERT INTO user_consent (user_id, app_id, tenant_id, scopes, own_scopes, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (user_id, app_id) DO UPDATE SET updated_at = excluded.updated_at,
         scopes = ARRAY(SELECT DISTINCT unnest(user_consent.scopes || excluded.scopes) ORDER BY 1),
         own_scopes = ARRAY(SELECT DISTINCT unnest(user_consent.own_scopes || excluded.own_scopes) ORDER BY 1)`,
      [user.id, app.id, app.tenantId, scopesToConsent(request), own, this.clock.date()],
    );
  }

  async listOf(user: SignedInUser): Promise<ConsentedApp[]> {
    return this.database.query<ConsentedApp & Record<string, unknown>>(
      `SELECT app_id AS "appId", name, scopes FROM user_consent JOIN platform_app ON platform_app.id = app_id
       WHERE user_id = $1 AND deleted_at IS NULL ORDER BY name, app_id`,
      [user.id],
    );
  }

  /** Takes an app's access away: its consent, its grants, its tokens (ASVS 10.4.9). */
  async revoke(user: SignedInUser, appId: string, request: RequestFacts): Promise<void> {
    await this.database.transaction(async (transaction) => {
      // A code that is being issued on the consent comes first and ends with it, or finds it gone.
      await lockUsers(transaction, user.id);
      const count = await transaction.execute(
        'DELETE FROM user_consent WHERE user_id = $1 AND app_id = $2',
        [user.id, appId],
      );
      if (count === 0) return;
      await this.grants.endOfUser(transaction, user.id, appId);
      await this.audit.record(transaction, {
        tenantId: user.tenantId,
        actor: { kind: 'user', id: user.id },
        action: 'app.consent.revoked',
        target: { kind: 'app', id: appId },
        request,
      });
    });
  }
}

/**
 * Whether the client cannot prove who it is and anyone's program may receive the answer: no earlier consent was
 * surely to this one (RFC 8252 section 8.6, RFC 6749 section 10.2). An https URI belongs to its host.
 */
function isAnyonesClaim({ client, redirectUri }: AuthorizeRequest): boolean {
  return (
    client.app.tokenEndpointAuthMethod === 'none' && new URL(redirectUri).protocol !== 'https:'
  );
}
