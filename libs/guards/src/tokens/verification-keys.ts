import type { CryptoKey } from 'jose';

export interface VerificationKey {
  /** The only algorithm the key may verify (RFC 8725 section 3.1). */
  alg: string;
  key: CryptoKey;
}

/** Where public keys come from: the local ring in auth-service, the remote JWKS elsewhere. */
export abstract class VerificationKeys {
  /** The key of that id, or undefined. May look again for an id it has not seen, within its cooldown. */
  abstract find(kid: string): Promise<VerificationKey | undefined>;
}
