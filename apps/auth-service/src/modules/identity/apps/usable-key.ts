import { createPublicKey, type JsonWebKey } from 'node:crypto';

/**
 * Why a client's public key proves nothing or cannot be used, or undefined where it is sound. Signatures under RSA
 * with e = 1 and under Ed25519 points of small order can be made without any private key.
 */
export function publicKeyProblem(jwk: JsonWebKey): string | undefined {
  try {
    const { modulusLength, publicExponent } =
      createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails ?? {};
    if (jwk.kty === 'RSA') return rsaProblem(jwk.n ?? '', modulusLength, publicExponent);
    if (jwk.kty === 'OKP') return ed25519Problem(jwk.x ?? '');
    return undefined;
  } catch {
    // node:crypto says no more than that; P-256 points that are not on the curve end here.
    return 'The key cannot be read: check that it is a public key of its curve.';
  }
}

function rsaProblem(modulus: string, bits = 0, exponent = 0n): string | undefined {
  if (bits < 2_048 || bits > 4_096) return 'Use an RSA key of 2048 to 4096 bits.';
  const odd = ((Buffer.from(modulus, 'base64url').at(-1) ?? 0) & 1) === 1;
  if (!odd || exponent < 65_537n || exponent % 2n === 0n)
    return 'Use an RSA key with an odd modulus and an odd exponent of at least 65537.';
  return undefined;
}

/** RFC 7748 section 4.1 and RFC 8032 section 5.1. */
const p = 2n ** 255n - 19n;
const d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
/** The y of the points whose order divides 8. */
const smallOrder = [
  0n,
  1n,
  p - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
];

function ed25519Problem(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url').reverse();
  // The highest bit is the sign of x.
  const y = BigInt(`0x${bytes.toString('hex')}`) & ((1n << 255n) - 1n);
  const isPoint = y < p && isSquare((y * y - 1n) * (d * y * y + 1n));
  return isPoint && !smallOrder.includes(y)
    ? undefined
    : 'The key is no point of Ed25519 of full order.';
}

/** Euler's criterion; u/v is a square where u·v is. */
function isSquare(value: bigint): boolean {
  let result = 1n;
  let base = ((value % p) + p) % p;
  for (let exponent = (p - 1n) / 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % p;
    base = (base * base) % p;
  }
  return result !== p - 1n;
}
