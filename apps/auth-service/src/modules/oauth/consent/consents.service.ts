import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { SignedInUser } from '../../accounts/index.js';
import { AuditLog, type Client } from '../../identity/index.js';
import { Grants } from '../revocation/grants.service.js';
import { OFFLINE_ACCESS } from '../token/requested-scopes.js';

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
  async covers(user: SignedInUser, client: Client, scopes: readonly string[]): Promise<boolean> {
    switch (client.policy.consent) {
      case 'always':
        return false;
      case 'admin_granted':
        return true;
      case 'once': {
        const [row] = await this.database.query<{ scopes: string[] }>(
          'SELECT scopes FROM user_consent WHERE user_id = $1 AND app_id = $2',
          [user.id, client.app.id],
        );
        return scopes.every((scope) => row?.scopes.includes(scope));
      }
    }
  }

  /** Adds to what the user has agreed to. */
  async record(
    sql: Sql,
    user: SignedInUser,
    { app }: Client,
    scopes: readonly string[],
    offline: boolean,
  ): Promise<void> {
    await sql.execute(
      `INSERT INTO user_consent (user_id, app_id, tenant_id, scopes, updated_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (user_id, app_id) DO UPDATE SET updated_at = excluded.updated_at,
         scopes = (SELECT array_agg(DISTINCT name ORDER BY name) FROM unnest(user_consent.scopes || excluded.scopes) AS name)`,
      [
        user.id,
        app.id,
        app.tenantId,
        offline ? [...scopes, OFFLINE_ACCESS] : scopes,
        this.clock.date(),
      ],
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
  async revoke(
    user: SignedInUser,
    appId: string,
    request: { id: string; ip: string; userAgent: string },
  ): Promise<void> {
    await this.database.transaction(async (transaction) => {
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
