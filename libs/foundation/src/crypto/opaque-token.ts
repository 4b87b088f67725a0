import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const bodyLength = 43;
const checksumLength = 6;

/** Client secret, refresh token, authorization code. */
export type OpaqueTokenKind = 'cs' | 'rt' | 'ac';

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place++) {
    text = (alphabet[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}

/** CRC32 of the text before it, so that scanners and the token endpoint can reject typos without a look-up. */
function checksum(text: string): string {
  return base62(BigInt(crc32(text)), checksumLength);
}

/** `kng_<kind>_` + 256 random bits in base62 + checksum. Its alphabet needs no escaping in a form or in HTTP Basic. */
export function createOpaqueToken(kind: OpaqueTokenKind): string {
  const text = `kng_${kind}_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), bodyLength)}`;
  return text + checksum(text);
}

/** Whether the text is well-formed with a matching checksum: a cheap filter, not a proof. */
export function isOpaqueToken(kind: OpaqueTokenKind, text: string): boolean {
  const head = `kng_${kind}_`;
  if (text.length !== head.length + bodyLength + checksumLength || !text.startsWith(head))
    return false;
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength);
}
