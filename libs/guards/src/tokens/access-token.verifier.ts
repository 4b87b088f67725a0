import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { AppError, type Clock, uuidTime } from '#libs/foundation';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { RevocationFeed } from '../revocation/revocation-feed.js';
import { type AccessToken, longestTokenSeconds, type TokenUse } from './access-token.js';
import type { VerificationKeys } from './verification-keys.js';

/** Why a token is refused; the words of the error codes. */
export class TokenRefused extends Error {
  constructor(
    readonly code: 'invalid_token' | 'token_expired' | 'token_revoked',
    options?: ErrorOptions,
  ) {
    super(code, options);
    this.name = 'TokenRefused';
  }
}

/** The token is good but for its tenant, which is suspended: a resource may answer otherwise than 401. */
export class TenantSuspended extends TokenRefused {
  constructor() {
    super('token_revoked');
    this.name = 'TenantSuspended';
  }
}

/** A token whose signature was good. */
interface Verified {
  token: string;
  audience: string | undefined;
  accessToken: AccessToken;
}

const algorithms = ['RS256', 'ES256', 'EdDSA'];
const clockToleranceSeconds = 5;
/** How far ahead the clock of the instance that issued may be. */
const issuerSkewSeconds = 60;
const cacheSize = 10_000;
const longestTokenBytes = 8 * 1024;
const tokenUses: readonly TokenUse[] = ['client', 'user', 'service', 'principal', 'operator'];

/**
 * Verifies our access tokens: signature by kid, typ, iss, aud, exp (RFC 9068 section 4), iat, then the revocation feed.
 * A verified token is kept by its digest; the feed and the expiry are checked again each time.
 */
export class AccessTokenVerifier {
  private readonly verified = new Map<string, AccessToken>();
  /** What each open connection sent last: comparing it spares the digest, 5 µs of CPU a request. */
  private readonly lastOf = new WeakMap<Socket, Verified>();

  constructor(
    private readonly issuer: string,
    private readonly keys: VerificationKeys,
    private readonly revocations: RevocationFeed,
    private readonly clock: Clock,
  ) {}

  /**
   * @param audience the resource the token must name; undefined where the token is only to be identified
   * @param connection where it came from
   * @throws TokenRefused; AppError temporarily_unavailable while revocations cannot be read and the token has a
   * sensitive scope
   */
  async verify(
    token: string,
    audience: string | undefined,
    connection?: Socket,
  ): Promise<AccessToken> {
    const last = connection && this.lastOf.get(connection);
    if (last?.token === token && last.audience === audience) {
      this.assertLive(last.accessToken);
      return last.accessToken;
    }
    if (token.length > longestTokenBytes) throw new TokenRefused('invalid_token');
    const key = digestOf(token, audience);
    const known = this.verified.get(key);
    const accessToken = known ?? (await this.verifySignature(token, audience));
    this.assertLive(accessToken);
    if (!known) this.remember(key, accessToken);
    if (connection) this.lastOf.set(connection, { token, audience, accessToken });
    return accessToken;
  }

  private assertLive(accessToken: AccessToken): void {
    if (accessToken.expiresAt + clockToleranceSeconds <= this.clock.seconds())
      throw new TokenRefused('token_expired');
    if (this.revocations.isRevoked(accessToken))
      throw this.revocations.isSuspended(accessToken.tenantId)
        ? new TenantSuspended()
        : new TokenRefused('token_revoked');
    if (this.revocations.isStale() && !hasOnlyNormalScopes(accessToken)) throw staleFeed();
  }

  private async verifySignature(token: string, audience: string | undefined): Promise<AccessToken> {
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        async ({ kid, alg }) => {
          const found = kid === undefined ? undefined : await this.keys.find(kid);
          if (found?.alg !== alg) throw new errors.JWKSNoMatchingKey();
          return found.key;
        },
        {
          issuer: this.issuer,
          ...(audience === undefined ? {} : { audience }),
          typ: 'at+jwt',
          algorithms,
          currentDate: this.clock.date(),
          clockTolerance: clockToleranceSeconds,
          requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti', 'scope', 'token_use'],
        },
      );
      const accessToken = toAccessToken(payload, protectedHeader.kid ?? '');
      this.assertIssuable(accessToken);
      return accessToken;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw new TokenRefused('token_expired', { cause });
      if (cause instanceof errors.JOSEError) throw new TokenRefused('invalid_token', { cause });
      throw cause;
    }
  }

  /** What we could never have issued was forged with a stolen key, to outlive the revocation of that key. */
  private assertIssuable({ issuedAt, expiresAt }: AccessToken): void {
    if (
      issuedAt > this.clock.seconds() + issuerSkewSeconds ||
      expiresAt - issuedAt > longestTokenSeconds
    )
      throw new TokenRefused('invalid_token');
  }

  /** The first one in is the first one out: should it still be in use, its signature is verified once more. */
  private remember(key: string, token: AccessToken): void {
    this.verified.set(key, token);
    if (this.verified.size <= cacheSize) return;
    const [oldest] = this.verified.keys();
    if (oldest !== undefined) this.verified.delete(oldest);
  }
}

/** A digest, so that memory holds no token whose caller is gone. In one call, which takes half a Hash object's time. */
function digestOf(token: string, audience = ''): string {
  return hash('sha256', `${audience}\0${token}`, 'base64');
}

/** What may go on for a while without news of revocations: the rest fails closed. */
const normalScopes: ReadonlySet<string> = new Set(['webhooks:read', 'webhooks:write']);

function hasOnlyNormalScopes({ scopes }: AccessToken): boolean {
  return [...scopes].every((scope) => normalScopes.has(scope));
}

function staleFeed(): AppError {
  return new AppError('temporarily_unavailable', {
    detail: 'Whether the token was revoked cannot be told at the moment.',
    headers: { 'Retry-After': '5' },
  });
}

function toAccessToken(payload: JWTPayload, keyId: string): AccessToken {
  const use = tokenUses.find((known) => known === payload.token_use);
  const text = (name: string): string | undefined => {
    const value = payload[name];
    return typeof value === 'string' ? value : undefined;
  };
  const scope = text('scope');
  const tenantId = text('tenant_id');
  if (
    !use ||
    scope === undefined ||
    !payload.sub ||
    !payload.jti ||
    payload.exp === undefined ||
    payload.iat === undefined
  ) {
    throw new TokenRefused('invalid_token');
  }
  if ((use === 'operator') !== (tenantId === undefined)) throw new TokenRefused('invalid_token');
  return {
    subject: payload.sub,
    tokenId: payload.jti,
    use,
    tenantId,
    clientId: text('client_id'),
    sessionId: text('sid'),
    grantId: text('grant_id'),
    // RFC 6749 section 3.3: separated by single spaces, case-sensitive.
    scopes: new Set(scope.split(' ').filter((name) => name !== '')),
    audience: [payload.aud ?? []].flat(),
    roles: Array.isArray(payload.roles)
      ? payload.roles.filter((role) => typeof role === 'string')
      : [],
    keyId,
    issuedAt: payload.iat,
    issuedAtMs: issuedAtMs(payload.iat, payload.jti),
    expiresAt: payload.exp,
  };
}

/** A NumericDate has whole seconds; the jti, a UUIDv7, tells the millisecond within it. */
function issuedAtMs(iat: number, jti: string): number {
  const atMs = uuidTime(jti);
  return Math.floor(atMs / 1000) === iat ? atMs : iat * 1000;
}
