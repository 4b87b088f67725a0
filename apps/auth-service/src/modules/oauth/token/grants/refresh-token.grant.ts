import { createHash } from 'node:crypto';
import type { Scope, ScopeResource } from '#libs/entities';
import { Clock, Database, isOpaqueToken, OAuthError, type Transaction } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../../config.js';
import { digestOf, holdUser } from '../../../accounts/index.js';
import { ScopeCatalogue } from '../../../identity/index.js';
import { Grants } from '../../revocation/grants.service.js';
import {
  grantableScopes,
  narrowedResources,
  OFFLINE_ACCESS,
  parseScope,
  scopesFitting,
  selectScopes,
} from '../requested-scopes.js';
import type { TokenResponse } from '../token-response.js';
import { type UserGrant, userGrantColumns, UserTokens } from '../user-tokens.service.js';
import type { Grant, GrantRequest } from './grant.js';

interface TokenRow extends UserGrant {
  app_id: string;
  live: boolean;
  replaced_at: Date | null;
  request_digest: Buffer | null;
  successor_sealed: Buffer | null;
}

/** How long a lost answer is told again to the same request. */
const replayMs = 30_000;

const invalidGrant = (): OAuthError =>
  new OAuthError('invalid_grant', 'The refresh token is not valid for this request.');

/**
 * Refreshes (RFC 6749 section 6) with rotation (RFC 9700 section 4.14.2). The grant's row is locked for as long as
 * it takes: of many uses of one token one rotates, the others get its answer or end the family.
 */
@Injectable()
export class RefreshTokenGrant implements Grant {
  readonly grantType = 'refresh_token';

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
    const token = request.form.require('refresh_token');
    if (!isOpaqueToken('rt', token)) throw invalidGrant();
    // Before the transaction: one that waits for a second connection can wait for its own like.
    const catalogue = await this.catalogue.all();
    const outcome = await this.database.transaction((transaction) =>
      this.rotate(transaction, digestOf(token), request, catalogue),
    );
    if (outcome !== 'reused') return outcome;
    await this.feed.refresh();
    throw invalidGrant();
  }

  private async rotate(
    transaction: Transaction,
    digest: Buffer,
    request: GrantRequest,
    catalogue: ReadonlyMap<string, Scope>,
  ): Promise<TokenResponse | 'reused'> {
    const [grant] = await transaction.query<{ id: string; user_id: string }>(
      'SELECT oauth_grant.id, user_id FROM refresh_token JOIN oauth_grant ON oauth_grant.id = grant_id WHERE digest = $1',
      [digest],
    );
    if (!grant) throw invalidGrant();
    await holdUser(transaction, grant.user_id);
    await transaction.query('SELECT FROM oauth_grant WHERE id = $1 FOR UPDATE', [grant.id]);
    // Read after the lock: what another use has written meanwhile is seen.
    const [row] = await transaction.query<TokenRow & Record<string, unknown>>(
      `SELECT ${userGrantColumns}, replaced_at, request_digest, successor_sealed
       FROM refresh_token JOIN oauth_grant ON oauth_grant.id = grant_id JOIN user_account ON user_account.id = user_id
       WHERE digest = $1`,
      [digest],
    );
    if (row?.app_id !== request.client.app.id || !row.live) throw invalidGrant();
    if (this.isTooOld(row, request)) throw invalidGrant();
    const requestDigest = digestOfRequest(request);
    if (row.replaced_at) return this.replay(transaction, row, digest, requestDigest, request);
    const response = await this.issueFor(transaction, row, request, catalogue);
    await this.store(transaction, row.id, digest, requestDigest, response);
    return response;
  }

  /** A use of a token that was used: the same tokens for a while to the same request, else the end of the family. */
  private async replay(
    transaction: Transaction,
    row: TokenRow,
    digest: Buffer,
    requestDigest: Buffer,
    { client, facts }: GrantRequest,
  ): Promise<TokenResponse | 'reused'> {
    const replacedAtMs = row.replaced_at?.getTime() ?? 0;
    const fresh = replacedAtMs + replayMs > this.clock.now();
    if (fresh && row.successor_sealed && row.request_digest?.equals(requestDigest)) {
      const told = JSON.parse(
        this.config.secretBox.open(row.successor_sealed, contextOf(digest)).toString(),
      ) as TokenResponse;
      // In whole seconds, as the token's `exp`. Less than any life of a token, which is a minute at least.
      const elapsedSeconds = this.clock.seconds() - Math.floor(replacedAtMs / 1000);
      return { ...told, expires_in: told.expires_in - elapsedSeconds };
    }
    await this.grants.endByClient(transaction, {
      action: 'grant.reuse_detected',
      grantId: row.id,
      app: client.app,
      facts,
    });
    return 'reused';
  }

  /** Rotation does not extend the absolute age, which counts from the authorization. */
  private isTooOld({ created_at, last_used_at }: TokenRow, { client }: GrantRequest): boolean {
    const { refreshTokenMaxAgeSeconds, refreshTokenIdleSeconds } = client.policy;
    const now = this.clock.now();
    return (
      created_at.getTime() + refreshTokenMaxAgeSeconds * 1000 <= now ||
      last_used_at.getTime() + refreshTokenIdleSeconds * 1000 <= now
    );
  }

  private async issueFor(
    transaction: Transaction,
    row: TokenRow,
    request: GrantRequest,
    catalogue: ReadonlyMap<string, Scope>,
  ): Promise<TokenResponse> {
    const { client, form } = request;
    const urls = this.config.resourceUrls;
    const resources = narrowedResources(form.resources, row.resources ?? undefined, urls);
    const scopes = scopesOf(row, request, resources, catalogue);
    return this.tokens.issue(transaction, client, row, scopes, resources);
  }

  private async store(
    transaction: Transaction,
    grantId: string,
    digest: Buffer,
    requestDigest: Buffer,
    response: TokenResponse,
  ): Promise<void> {
    const now = this.clock.date();
    const sealed = this.config.secretBox.seal(
      Buffer.from(JSON.stringify(response)),
      contextOf(digest),
    );
    await transaction.execute(
      'UPDATE refresh_token SET replaced_at = $2, request_digest = $3, successor_sealed = $4 WHERE digest = $1',
      [digest, now, requestDigest, sealed],
    );
    await transaction.execute('UPDATE oauth_grant SET last_used_at = $2 WHERE id = $1', [
      grantId,
      now,
    ]);
  }
}

/** What was granted and is still approved; fewer where fewer are asked for, never more. @throws OAuthError invalid_scope */
function scopesOf(
  { scopes, role }: TokenRow,
  { client, form }: GrantRequest,
  resources: readonly ScopeResource[] | undefined,
  catalogue: ReadonlyMap<string, Scope>,
): Scope[] {
  const grantable = grantableScopes(client, 'authorization_code', catalogue, role);
  const scope = form.get('scope');
  const left =
    scope === undefined
      ? scopes.flatMap((name) => grantable.get(name) ?? [])
      : selectScopes(narrowed(scopes, scope), grantable, resources);
  if (left.length === 0)
    throw new OAuthError('invalid_scope', 'No scope of a resource is left or asked for.');
  return scopesFitting(left, resources);
}

/** Fewer than what was granted. @throws OAuthError invalid_scope */
function narrowed(granted: readonly string[], scope: string): string[] {
  const names = parseScope(scope);
  if (!names.every((name) => granted.includes(name)))
    throw new OAuthError('invalid_scope', 'A scope was not granted.');
  return names.filter((name) => name !== OFFLINE_ACCESS);
}

const contextOf = (digest: Buffer): string => `refresh_token:${digest.toString('hex')}`;

/** What makes a request the same one again: its scope and its resources. */
function digestOfRequest({ form }: GrantRequest): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([form.get('scope') ?? null, form.resources]))
    .digest();
}
