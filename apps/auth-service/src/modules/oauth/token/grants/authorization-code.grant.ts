import type { Scope } from '#libs/entities';
import { Clock, Database, isOpaqueToken, OAuthError, type Transaction } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../../config.js';
import { digestOf, holdUser } from '../../../accounts/index.js';
import { type Client, redirectUriProblem, ScopeCatalogue } from '../../../identity/index.js';
import { matchRedirectUri } from '../../authorize/redirect-uri.js';
import { Grants } from '../../revocation/grants.service.js';
import { provesChallenge } from '../pkce.js';
import { grantableScopes, narrowedResources, scopesFitting } from '../requested-scopes.js';
import type { TokenResponse } from '../token-response.js';
import { type UserGrant, userGrantColumns, UserTokens } from '../user-tokens.service.js';
import type { Grant, GrantRequest } from './grant.js';

interface CodeRow extends UserGrant {
  app_id: string;
  live: boolean;
  redirect_uri: string | null;
  /** Where the code went, also where the request did not name it. Null: of a version before. */
  sent_to: string | null;
  code_challenge: string | null;
  expires_at: Date;
  used_at: Date | null;
}

const invalidGrant = (): OAuthError =>
  new OAuthError('invalid_grant', 'The authorization code is not valid for this request.');

/** Redeems an authorization code (RFC 6749 section 4.1.3), once. */
@Injectable()
export class AuthorizationCodeGrant implements Grant {
  readonly grantType = 'authorization_code';

  constructor(
    private readonly database: Database,
    private readonly tokens: UserTokens,
    private readonly grants: Grants,
    private readonly feed: RevocationFeed,
    private readonly catalogue: ScopeCatalogue,
    private readonly config: AuthConfig,
    private readonly clock: Clock,
  ) {}

  async issue(request: GrantRequest): Promise<TokenResponse> {
    const code = request.form.require('code');
    if (!isOpaqueToken('ac', code)) throw invalidGrant();
    // Before the transaction: one that waits for a second connection can wait for its own like.
    const catalogue = await this.catalogue.all();
    const outcome = await this.database.transaction((transaction) =>
      this.redeem(transaction, code, request, catalogue),
    );
    if (outcome !== 'reused') return outcome;
    await this.feed.refresh();
    throw invalidGrant();
  }

  /** The rows are locked: of many requests at once one redeems and the others find the code used. */
  private async redeem(
    transaction: Transaction,
    code: string,
    request: GrantRequest,
    catalogue: ReadonlyMap<string, Scope>,
  ): Promise<TokenResponse | 'reused'> {
    const [owner] = await transaction.query<{ user_id: string }>(
      'SELECT user_id FROM authorization_code JOIN oauth_grant ON oauth_grant.id = grant_id WHERE digest = $1',
      [digestOf(code)],
    );
    if (!owner) throw invalidGrant();
    await holdUser(transaction, owner.user_id);
    // Read after the lock: what was changed meanwhile is seen.
    const [row] = await transaction.query<CodeRow & Record<string, unknown>>(
      `SELECT ${userGrantColumns}, redirect_uri, sent_to, code_challenge, expires_at, used_at
       FROM authorization_code JOIN oauth_grant ON oauth_grant.id = grant_id
       JOIN user_account ON user_account.id = user_id
       WHERE digest = $1 FOR UPDATE OF authorization_code`,
      [digestOf(code)],
    );
    if (row?.app_id !== request.client.app.id) throw invalidGrant();
    if (row.used_at) {
      // RFC 6749 section 4.1.2: everything that came of a code that is used twice is revoked.
      await this.grants.endByClient(transaction, {
        action: 'grant.reuse_detected',
        grantId: row.id,
        app: request.client.app,
        facts: request.facts,
      });
      return 'reused';
    }
    if (!this.isRedeemable(row, request)) throw invalidGrant();
    await transaction.execute('UPDATE authorization_code SET used_at = $2 WHERE digest = $1', [
      digestOf(code),
      this.clock.date(),
    ]);
    return this.issueFor(transaction, row, request, catalogue);
  }

  private isRedeemable(row: CodeRow, { form, client }: GrantRequest): boolean {
    const redirectUri = form.get('redirect_uri');
    const verifier = form.get('code_verifier');
    const redirectFits =
      row.redirect_uri === null
        ? redirectUri === undefined || client.app.redirectUris.includes(redirectUri)
        : redirectUri === row.redirect_uri;
    // A verifier without a challenge is as wrong as the reverse (RFC 9700 section 4.8.2).
    const pkceFits =
      row.code_challenge === null
        ? verifier === undefined
        : verifier !== undefined && provesChallenge(verifier, row.code_challenge);
    const fresh = row.expires_at.getTime() > this.clock.now();
    return row.live && fresh && redirectFits && pkceFits && isStillAllowed(row, client);
  }

  private async issueFor(
    transaction: Transaction,
    row: CodeRow,
    { client, form }: GrantRequest,
    catalogue: ReadonlyMap<string, Scope>,
  ): Promise<TokenResponse> {
    const grantable = grantableScopes(client, 'authorization_code', catalogue, row.role);
    const granted = row.scopes.flatMap((name) => grantable.get(name) ?? []);
    if (granted.length === 0) throw invalidGrant();
    const urls = this.config.resourceUrls;
    const resources = narrowedResources(form.resources, row.resources ?? undefined, urls);
    const scopes = scopesFitting(granted, resources);
    return this.tokens.issue(transaction, client, row, scopes, resources);
  }
}

/** What a change of the app or its governance since the authorization has not taken away. */
function isStillAllowed(
  { redirect_uri, sent_to, code_challenge }: CodeRow,
  { app, policy }: Client,
): boolean {
  const uri = matchRedirectUri(app, sent_to ?? redirect_uri ?? undefined);
  if (uri === undefined || (code_challenge === null && policy.enforcePkce)) return false;
  return redirectUriProblem(uri, { applicationType: app.applicationType, policy }) === undefined;
}
