import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors/app-error.js';

const macBytes = 16;

/**
 * Opaque keyset cursors, signed and bound to whom and what they were issued for: a cursor of another tenant,
 * of another list or with other filters does not open.
 */
export class CursorCodec {
  private readonly key: KeyObject;

  constructor(key: Buffer) {
    this.key = createSecretKey(key);
  }

  /** @param scope tenant, list and filters, joined by the caller into one text */
  encode(scope: string, position: readonly string[]): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.mac(scope, payload), payload]).toString('base64url');
  }

  /** @throws AppError invalid_cursor */
  decode(scope: string, cursor: string): string[] {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(macBytes);
    const valid =
      bytes.length > macBytes &&
      bytes.toString('base64url') === cursor &&
      timingSafeEqual(bytes.subarray(0, macBytes), this.mac(scope, payload));
    if (!valid) {
      throw new AppError('invalid_cursor', {
        detail:
          'Use next_cursor of the previous page unchanged, with the same token and the same filters.',
      });
    }
    return JSON.parse(payload.toString()) as string[];
  }

  private mac(scope: string, payload: Buffer): Buffer {
    return createHmac('sha256', this.key)
      .update(scope)
      .update('\0')
      .update(payload)
      .digest()
      .subarray(0, macBytes);
  }
}
