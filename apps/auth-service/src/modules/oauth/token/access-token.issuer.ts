import type { Scope, ScopeResource, SigningAlg } from '#libs/entities';
import { Clock, Ids } from '#libs/foundation';
import { OPERATOR_AUDIENCE, type TokenUse } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { AuthConfig } from '../../../config.js';
import { KeyRing } from '../../jwks/index.js';

export interface AccessTokenRequest {
  use: Exclude<TokenUse, 'operator'>;
  subject: string;
  tenantId: string;
  clientId: string;
  scopes: readonly Scope[];
  /** The resources the token is for, where the request narrows them (RFC 8707). */
  resources?: readonly ScopeResource[];
  ttlSeconds: number;
  alg: SigningAlg;
  /**
   * Milliseconds since the epoch: before what the token says was read, `iat`. A revocation that the reader did not
   * see yet is later, however long signing takes (ADR 13). Now where nothing was read.
   */
  asOfMs?: number;
  /** Roles of RFC 9068 section 2.2.3.1, for people and for principals that stand in for them. */
  roles?: readonly string[];
  /** `auth_time`, `sid`, `grant_id`, … of user tokens. */
  extra?: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface IssuedToken {
  token: string;
  tokenId: string;
  /** Seconds since the epoch: the `exp` claim. */
  expiresAt: number;
}

/** Issues JWT access tokens (RFC 9068). All times are whole seconds. */
@Injectable()
export class AccessTokenIssuer {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly config: AuthConfig,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async issue(request: AccessTokenRequest): Promise<IssuedToken> {
    const [first, ...others] = this.audienceOf(request.scopes, request.resources);
    const asOfMs = request.asOfMs ?? this.clock.now();
    return this.sign(request.alg, asOfMs, request.ttlSeconds, {
      ...request.extra,
      sub: request.subject,
      aud: others.length === 0 ? first : [first, ...others],
      client_id: request.clientId,
      tenant_id: request.tenantId,
      scope: scopeText(request.scopes.map(({ name }) => name)),
      token_use: request.use,
      ...(request.roles ? { roles: [...request.roles] } : {}),
    });
  }

  /** A token for the operator listener: no tenant, an audience of its own that no client can request. */
  async issueOperatorToken(
    name: string,
    scopes: readonly string[],
    ttlSeconds: number,
  ): Promise<IssuedToken> {
    return this.sign('RS256', this.clock.now(), ttlSeconds, {
      sub: name,
      aud: OPERATOR_AUDIENCE,
      client_id: 'knogin-cli',
      scope: scopeText(scopes),
      token_use: 'operator',
    });
  }

  private async sign(
    alg: SigningAlg,
    asOfMs: number,
    ttlSeconds: number,
    claims: JWTPayload,
  ): Promise<IssuedToken> {
    const issuedAt = Math.floor(asOfMs / 1000);
    const expiresAt = issuedAt + ttlSeconds;
    const tokenId = this.ids.uuid(asOfMs);
    const token = await this.keyRing.sign(alg, {
      iss: this.config.issuer,
      ...claims,
      iat: issuedAt,
      exp: expiresAt,
      jti: tokenId,
    });
    return { token, tokenId, expiresAt };
  }

  /**
   * The resources the scopes belong to: one token serves them all (RFC 8707 narrows). A token that no scope of its
   * resources is left for is the caller's mistake, and must not open another resource.
   */
  private audienceOf(
    scopes: readonly Scope[],
    narrowed: readonly ScopeResource[] | undefined,
  ): [string, ...string[]] {
    const urls = this.config.resourceUrls;
    const known = scopes.flatMap((scope) => scope.resources);
    const resources = new Set(known.filter((name) => narrowed?.includes(name) ?? true));
    if (resources.size === 0) throw new Error('no scope of the token belongs to its resources');
    if (!resources.has('api')) return [urls.auth];
    return resources.has('auth') ? [urls.auth, urls.api] : [urls.api];
  }
}

/** Sorted, de-duplicated, separated by single spaces (RFC 6749 section 3.3). */
export function scopeText(names: readonly string[]): string {
  return [...new Set(names)].sort().join(' ');
}
