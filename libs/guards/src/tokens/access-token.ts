/** Which kind of principal a token speaks for. `principal`: a temporary service principal of the CLI. */
export type TokenUse = 'client' | 'user' | 'service' | 'principal' | 'operator';

/** The longest life of any access token: a service token's 30 days. */
export const longestTokenSeconds = 30 * 86_400;

/** A verified access token (RFC 9068 section 2.2). */
export interface AccessToken {
  subject: string;
  tokenId: string;
  use: TokenUse;
  /** Absent on operator tokens. */
  tenantId: string | undefined;
  clientId: string | undefined;
  sessionId: string | undefined;
  grantId: string | undefined;
  /** The resources it is for. */
  audience: readonly string[];
  scopes: ReadonlySet<string>;
  roles: readonly string[];
  keyId: string;
  /** Seconds since the epoch. */
  issuedAt: number;
  /** The same in milliseconds, as far as the token tells them. */
  issuedAtMs: number;
  /** Seconds since the epoch. */
  expiresAt: number;
}
