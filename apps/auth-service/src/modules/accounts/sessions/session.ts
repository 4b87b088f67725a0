import type { UserRole } from '#libs/entities';

/** Someone who signed in. */
export interface SignedInUser {
  id: string;
  tenantId: string;
  email: string;
  role: UserRole;
}

/** Someone whose password has just been right, with the hash it was held against. */
export interface VerifiedUser extends SignedInUser {
  passwordHash: string;
}

/** A browser's session on our pages; without a user until the login. */
export interface Session {
  /** `ses_…`, the `sid` of tokens. */
  id: string;
  /** The cookie's value; forms carry a digest of it against forgery. */
  secret: string;
  user: SignedInUser | undefined;
  /** Milliseconds since the epoch. */
  authTimeMs: number | undefined;
}
