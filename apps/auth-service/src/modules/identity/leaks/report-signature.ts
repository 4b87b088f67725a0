import { createPublicKey, verify } from 'node:crypto';

/**
 * Whether a secret-scanning report was signed with the key: ECDSA over SHA-256 of the body's bytes, DER in base64
 * (GitHub, "Secret scanning partner program").
 * @param pem the partner's public key
 */
export function isSignedBy(pem: string, body: Buffer, signature: string): boolean {
  try {
    const key = createPublicKey(pem);
    return (
      key.asymmetricKeyType === 'ec' &&
      verify('sha256', body, { key, dsaEncoding: 'der' }, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false;
  }
}
