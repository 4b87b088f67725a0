import { createHash } from 'node:crypto';

/** How cookies, links, codes and refresh tokens are stored: 256 random bits need no slow hash and no key. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
