import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { signedPrefix, type SignedMessage } from './signed-message.js';

const PREFIX = 'whpk_';

/** As the tenant's JWKS shows it (RFC 8037 section 2). */
export interface TenantSigningJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
  /** The key's thumbprint (RFC 7638). */
  readonly kid: string;
}

/** A tenant's Ed25519 key: receivers verify with its public half and hold nothing that could sign. */
export class TenantSigningKey {
  readonly #private: KeyObject;
  /** The 32 bytes of RFC 8032 section 5.1.5. */
  readonly publicBytes: Buffer;

  private constructor(privateKey: KeyObject) {
    this.#private = privateKey;
    const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
    this.publicBytes = Buffer.from(x ?? '', 'base64url');
  }

  static generate(): TenantSigningKey {
    return new TenantSigningKey(generateKeyPairSync('ed25519').privateKey);
  }

  /** @param der PKCS#8, as `privateBytes` gives it */
  static fromPrivateBytes(der: Buffer): TenantSigningKey {
    return new TenantSigningKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  }

  /** For sealing: PKCS#8. */
  privateBytes(): Buffer {
    return this.#private.export({ format: 'der', type: 'pkcs8' });
  }

  /** `whpk_…`, as Standard Webhooks libraries take it. */
  get publicText(): string {
    return PREFIX + this.publicBytes.toString('base64');
  }

  get jwk(): TenantSigningJwk {
    return TenantSigningKey.jwkOf(this.publicBytes);
  }

  /** @param publicBytes the 32 bytes of RFC 8032 section 5.1.5 */
  static jwkOf(publicBytes: Buffer): TenantSigningJwk {
    const x = publicBytes.toString('base64url');
    const thumbprinted = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
    const kid = createHash('sha256').update(thumbprinted).digest('base64url');
    return { kty: 'OKP', crv: 'Ed25519', x, use: 'sig', alg: 'EdDSA', kid };
  }

  /** The `v1a,…` entry. */
  sign(message: SignedMessage): string {
    const content = Buffer.concat([Buffer.from(signedPrefix(message)), message.body]);
    return `v1a,${sign(null, content, this.#private).toString('base64')}`;
  }
}
