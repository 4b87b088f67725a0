import { randomBytes } from 'node:crypto';
import { Clock } from '../clock.js';
import { decodeCrockford, encodeCrockford } from './crockford.js';

/** What an id names; the prefix keeps a user id from ever equalling a client id (RFC 9700 section 4.15). */
export type IdPrefix =
  | 'ten'
  | 'usr'
  | 'app'
  | 'sec'
  | 'stk'
  | 'grt'
  | 'ses'
  | 'scr'
  | 'req'
  | 'aud'
  | 'wh'
  | 'evt'
  | 'dlv'
  | 'dlv_test'
  | 'att'
  | 'rcv'
  | 'wfl'
  | 'bdl'
  | 'bdv'
  | 'bop'
  | 'bgr'
  | 'ups'
  | 'inc'
  | 'ine'
  | 'rsv';

/** A UUIDv7 (RFC 9562 section 5.7) from a time in milliseconds and ten bytes of entropy. */
export function uuidV7(unixMs: number, entropy: Uint8Array): string {
  return formatUuid(uuidV7Bytes(unixMs, entropy).toString('hex'));
}

function uuidV7Bytes(unixMs: number, entropy: Uint8Array): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(unixMs, 0, 6);
  bytes.set(entropy.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes;
}

/** Milliseconds since the epoch that a UUIDv7 carries. */
export function uuidTime(uuid: string): number {
  return Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16);
}

/** `prefix_` + 26 characters for a UUID. */
export function encodeId(prefix: IdPrefix, uuid: string): string {
  return `${prefix}_${encodeCrockford(Buffer.from(uuid.replaceAll('-', ''), 'hex'))}`;
}

/** The UUID behind a wire id, or undefined when the text is not a well-formed id of that kind. */
export function decodeId(prefix: IdPrefix, wire: string): string | undefined {
  if (!wire.startsWith(`${prefix}_`)) return undefined;
  const bytes = decodeCrockford(wire.slice(prefix.length + 1));
  return bytes && formatUuid(Buffer.from(bytes).toString('hex'));
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const entropyBytes = 10;

/** Makes ids from the injected clock. Within one millisecond they still ascend, so that keyset order is creation order. */
export class Ids {
  private lastMs = 0;
  private sequence = 0;
  private pool = Buffer.alloc(0);
  private poolAt = 0;

  constructor(private readonly clock: Clock) {}

  /** @param atMs the time it carries */
  uuid(atMs = this.clock.now()): string {
    return formatUuid(this.nextBytes(atMs).toString('hex'));
  }

  create(prefix: IdPrefix): string {
    return `${prefix}_${encodeCrockford(this.nextBytes(this.clock.now()))}`;
  }

  private nextBytes(now: number): Buffer {
    const entropy = this.takeEntropy();
    // RFC 9562 section 6.2 method 1: the 12 bits after the version count within a millisecond.
    if (now === this.lastMs) this.sequence++;
    else {
      this.lastMs = now;
      this.sequence = 0;
    }
    if (this.sequence <= 0x0fff) entropy.writeUInt16BE(this.sequence, 0);
    else entropy.writeUInt16BE(0x0fff, 0);
    return uuidV7Bytes(now, entropy);
  }

  /** Ten random bytes of a pool: one call to the generator serves many ids. */
  private takeEntropy(): Buffer {
    if (this.poolAt + entropyBytes > this.pool.length) {
      this.pool = randomBytes(entropyBytes * 256);
      this.poolAt = 0;
    }
    this.poolAt += entropyBytes;
    return this.pool.subarray(this.poolAt - entropyBytes, this.poolAt);
  }
}
