import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { exportJWK, exportPKCS8, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import type { SigningAlg } from '#libs/entities';

/** The one file that makes keys with jose and signs (ADR 3). */
export interface GeneratedKey {
  /** Public members only: kty and the numbers. */
  publicJwk: Record<string, string>;
  /** PKCS #8 in PEM. */
  privatePem: string;
}

const rsaModulusBits = 2048;

export async function generateSigningKey(alg: SigningAlg): Promise<GeneratedKey> {
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength: rsaModulusBits });
  return {
    publicJwk: (await exportJWK(pair.publicKey)) as Record<string, string>,
    privatePem: await exportPKCS8(pair.privateKey),
  };
}

export async function importPublicKey(jwk: JWK, alg: SigningAlg): Promise<CryptoKey> {
  return (await importJWK(jwk, alg)) as CryptoKey;
}

const signInPool = promisify(sign);

/**
 * Signs access tokens with one key; the header is `{alg, kid, typ: "at+jwt"}` (RFC 9068 section 2.1). With
 * node:crypto and not with jose's SignJWT, which clones the claims and costs 60 µs a token.
 */
export class AccessTokenSigner {
  private readonly key: KeyObject;
  private readonly header: string;

  /** @param pem PKCS #8 */
  constructor(
    private readonly alg: SigningAlg,
    kid: string,
    pem: string,
  ) {
    this.key = createPrivateKey(pem);
    this.header = base64url({ alg, kid, typ: 'at+jwt' });
  }

  async sign(claims: JWTPayload): Promise<string> {
    const text = `${this.header}.${base64url(claims)}`;
    return `${text}.${(await this.signature(Buffer.from(text))).toString('base64url')}`;
  }

  /** RSA leaves the event loop, for nobody else to wait; the curves are faster than the way to another thread. */
  private async signature(data: Buffer): Promise<Buffer> {
    switch (this.alg) {
      case 'RS256':
        return signInPool('sha256', data, this.key);
      case 'ES256':
        return toConcatenated(sign('sha256', data, this.key));
      case 'EdDSA':
        return sign(null, data, this.key);
    }
  }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * The two 32-byte numbers of an ES256 signature (RFC 7518 section 3.4) out of DER. By hand, because the option of
 * node:crypto that does it costs more than the signature.
 */
function toConcatenated(der: Buffer): Buffer {
  const signature = Buffer.alloc(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    // DER puts a zero before a number whose first bit is set, and leaves leading zeros out.
    const digits = number.subarray(Math.max(0, length - 32));
    signature.set(digits, end - digits.length);
    at += 2 + length;
  }
  return signature;
}
