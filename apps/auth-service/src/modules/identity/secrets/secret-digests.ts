import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { createOpaqueToken } from '#libs/foundation';

export interface NewSecret {
  secret: string;
  digest: Buffer;
  /** The last four characters, for people to tell secrets apart. */
  hint: string;
}

/**
 * Client secrets at rest: HMAC-SHA-256 under the data key `secret-pepper`. A secret is 256 random bits, so a slow
 * hash would add nothing but a way to starve the token endpoint.
 */
export class SecretDigests {
  /** A KeyObject and not the bytes: node:crypto takes 60 µs to find out that bytes are none. */
  private readonly key: KeyObject;

  constructor(pepper: Buffer) {
    this.key = createSecretKey(pepper);
  }

  create(): NewSecret {
    const secret = createOpaqueToken('cs');
    return { secret, digest: this.digest(secret), hint: `…${secret.slice(-4)}` };
  }

  digest(secret: string): Buffer {
    return createHmac('sha256', this.key).update(secret).digest();
  }
}
