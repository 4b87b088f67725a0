import { Database, type RequestFacts } from '#libs/foundation';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { digestOf } from '../../accounts/index.js';
import { AuditLog, LeakedSecrets } from '../../identity/index.js';
import { Grants } from './grants.service.js';

/** A refresh token that was found in public ends its grant, with every token that came of it. */
@Injectable()
export class LeakedRefreshTokens implements OnModuleInit {
  constructor(
    private readonly leaks: LeakedSecrets,
    private readonly grants: Grants,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  onModuleInit(): void {
    this.leaks.register('rt', (token, request) => this.revoke(token, request));
  }

  private async revoke(token: string, request: RequestFacts): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      const [grant] = await transaction.query<{ id: string; tenant_id: string }>(
        `SELECT oauth_grant.id, oauth_grant.tenant_id FROM refresh_token
           JOIN oauth_grant ON oauth_grant.id = grant_id
         WHERE digest = $1 AND oauth_grant.revoked_at IS NULL FOR UPDATE OF oauth_grant`,
        [digestOf(token)],
      );
      if (!grant) return false;
      await this.grants.end(transaction, grant.id);
      await this.audit.record(transaction, {
        tenantId: grant.tenant_id,
        actor: { kind: 'partner', id: 'secret-scanning' },
        action: 'grant.leaked',
        target: { kind: 'grant', id: grant.id },
        request,
      });
      return true;
    });
  }
}
