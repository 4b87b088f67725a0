import { randomFillSync } from 'node:crypto';
import { Clock } from '../clock.js';
import { decodeCrockford, encodeCrockford, pairs } from './crockford.js';

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
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(unixMs, 0, 6);
  bytes.set(entropy.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes.toString('hex'));
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

const POOL_WORDS = 2_048;

/** Makes ids from the injected clock. Within one millisecond they still ascend, so that keyset order is creation order. */
export class Ids {
  private lastMs = 0;
  private sequence = 0;
  private timeMs = Number.NaN;
  private timeText = '';
  private readonly pool = new Uint16Array(POOL_WORDS);
  private poolAt = POOL_WORDS;

  constructor(private readonly clock: Clock) {}

  /** @param atMs the time it carries */
  uuid(atMs = this.clock.now()): string {
    const sequence = this.nextSequence(atMs);
    const entropy = Buffer.alloc(10);
    entropy.writeUInt16BE(sequence);
    for (let at = 2; at < 10; at += 2) entropy.writeUInt16BE(this.random(), at);
    return uuidV7(atMs, entropy);
  }

  /**
   * What `encodeId` makes of a new UUID. Every request has one, so it is spelt without a UUID, and of few pieces: 1 µs
   * instead of 6.
   * @param atMs the time it carries
   */
  create(prefix: IdPrefix, atMs = this.clock.now()): string {
    const sequence = this.nextSequence(atMs);
    // The version and the sequence; the rest of it, the variant and 62 random bits.
    const first = letters(0x1c0 | (sequence >> 6));
    const second = letters(((sequence & 0x3f) << 4) | 0x8 | (this.random() & 0x3));
    const third = this.letters() + this.letters() + this.letters();
    const last = this.letters() + this.letters() + this.letters();
    return `${prefix}_${this.timeOf(atMs)}${first + second + third}${last}`;
  }

  /** RFC 9562 section 6.2 method 1: the 12 bits after the version count within a millisecond. */
  private nextSequence(ms: number): number {
    if (ms === this.lastMs) this.sequence++;
    else {
      this.lastMs = ms;
      this.sequence = 0;
    }
    return Math.min(this.sequence, 0x0fff);
  }

  /** 48 bits, made once a millisecond. */
  private timeOf(ms: number): string {
    if (ms !== this.timeMs) {
      this.timeMs = ms;
      this.timeText = '';
      for (let left = ms, at = 0; at < 5; at++, left = Math.floor(left / 1_024))
        this.timeText = letters(left % 1_024) + this.timeText;
    }
    return this.timeText;
  }

  private letters(): string {
    return letters(this.random());
  }

  /** 16 random bits of a pool, for one call to the generator serves many ids. */
  private random(): number {
    if (this.poolAt === POOL_WORDS) {
      randomFillSync(this.pool);
      this.poolAt = 0;
    }
    return this.pool[this.poolAt++] ?? 0;
  }
}

/** Two letters for the last ten bits. */
function letters(bits: number): string {
  return pairs[bits & 0x3ff] ?? '';
}
