import { exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import type { SigningAlg } from '#libs/entities';

/** The one file that signs with jose (ADR 0003). */
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

export async function importPrivateKey(pem: string, alg: SigningAlg): Promise<CryptoKey> {
  return importPKCS8(pem, alg);
}

export async function importPublicKey(jwk: JWK, alg: SigningAlg): Promise<CryptoKey> {
  return (await importJWK(jwk, alg)) as CryptoKey;
}

/** Signs off the event loop. The header is `{alg, kid, typ: "at+jwt"}` (RFC 9068 section 2.1). */
export async function signAccessToken(
  key: CryptoKey,
  alg: SigningAlg,
  kid: string,
  claims: JWTPayload,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(key);
}
