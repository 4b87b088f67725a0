import { AppError } from '#libs/foundation';

/**
 * The key of an Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07): the quoted string of the
 * draft, or the same text bare. 1 to 255 visible ASCII characters.
 * @throws AppError invalid_idempotency_key
 */
export function parseIdempotencyKey(header: string): string {
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/.exec(header)?.[1];
  const key =
    quoted === undefined
      ? /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/.exec(header)?.[0]
      : quoted.replace(/\\(["\\])/g, '$1');
  if (key !== undefined && key.length <= 255) return key;
  throw new AppError('invalid_idempotency_key', {
    detail: 'Send one key of 1 to 255 visible ASCII characters, such as a UUID.',
  });
}
