import type { Scope, ScopeResource, UserRole } from '#libs/entities';
import { createOpaqueToken, Clock, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { digestOf } from '../../accounts/index.js';
import type { Client } from '../../identity/index.js';
import { mayUseGrant } from '../client-authentication/client-policy.js';
import { AccessTokenIssuer, scopeText } from './access-token.issuer.js';
import { OFFLINE_ACCESS } from './requested-scopes.js';
import type { TokenResponse } from './token-response.js';

/** A grant with its user, as codes and refresh tokens lead to it. */
export interface UserGrant {
  id: string;
  user_id: string;
  role: UserRole;
  session_id: string;
  scopes: string[];
  resources: ScopeResource[] | null;
  auth_time: Date;
  created_at: Date;
  last_used_at: Date;
}

/** The columns of `UserGrant`, and whether the grant and its person are live. */
export const userGrantColumns = `oauth_grant.id, user_id, role, session_id, oauth_grant.scopes, resources, auth_time,
  oauth_grant.created_at, last_used_at, oauth_grant.app_id,
  (oauth_grant.revoked_at IS NULL AND user_account.status = 'active') AS live`;

/** Issues the tokens of a user's grant. */
@Injectable()
export class UserTokens {
  constructor(
    private readonly issuer: AccessTokenIssuer,
    private readonly clock: Clock,
  ) {}

  /** @param scopes what the access token carries: the grant's scopes or fewer */
  async issue(
    sql: Sql,
    client: Client,
    grant: UserGrant,
    scopes: readonly Scope[],
    resources: readonly ScopeResource[] | undefined,
  ): Promise<TokenResponse> {
    const { app, policy, asOfMs } = client;
    const offline = grant.scopes.includes(OFFLINE_ACCESS) && mayUseGrant(client, 'refresh_token');
    const { token } = await this.issuer.issue({
      use: 'user',
      subject: grant.user_id,
      tenantId: app.tenantId,
      clientId: app.id,
      scopes,
      ...(resources ? { resources } : {}),
      ttlSeconds: policy.accessTokenTtlSeconds,
      alg: policy.signingAlg,
      asOfMs,
      // Whoever delegates to an external app lends it no rank: it stays within what is its own.
      ...(app.firstParty ? { roles: [grant.role] } : {}),
      extra: {
        auth_time: Math.floor(grant.auth_time.getTime() / 1000),
        acr: 'urn:knogin:acr:password',
        amr: ['pwd'],
        sid: grant.session_id,
        grant_id: grant.id,
      },
    });
    const names = scopes.map(({ name }) => name);
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: policy.accessTokenTtlSeconds,
      scope: scopeText(offline ? [...names, OFFLINE_ACCESS] : names),
      ...(offline ? { refresh_token: await this.createRefreshToken(sql, grant.id) } : {}),
    };
  }

  private async createRefreshToken(sql: Sql, grantId: string): Promise<string> {
    const token = createOpaqueToken('rt');
    await sql.execute(
      'INSERT INTO refresh_token (digest, grant_id, created_at) VALUES ($1, $2, $3)',
      [digestOf(token), grantId, this.clock.date()],
    );
    return token;
  }
}
