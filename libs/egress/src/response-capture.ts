import { StringDecoder } from 'node:string_decoder';
import type { EgressLimits } from './egress-limits.js';

/** Response headers worth keeping for the integrator, or that steer delivery. */
const KEPT_HEADERS = [
  'content-type',
  'content-length',
  'date',
  'location',
  'retry-after',
  'server',
  'webhook-delivery',
  'x-request-id',
] as const;

export interface CapturedResponse {
  readonly status: number;
  /** Allow-listed, lower-case names; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The first bytes as text; U+FFFD stands for NUL and for invalid UTF-8. Never decompressed. */
  readonly body: string;
  /** True if the receiver sent more than `body` shows. */
  readonly truncated: boolean;
}

export function keepHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  maxLength: number,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (value === undefined) continue;
    kept[name] = (typeof value === 'string' ? value : value.join(', ')).slice(0, maxLength);
  }
  return kept;
}

/** Takes the first bytes of a body and counts the rest. */
export class BodyCapture {
  /** Joined once, at the end: a receiver chooses how small its chunks are. */
  readonly #first: Buffer[] = [];
  #seenBytes = 0;

  constructor(private readonly limits: Pick<EgressLimits, 'keptBytes' | 'readBytes'>) {}

  /** False once the body is longer than may be read. */
  add(chunk: Buffer): boolean {
    const room = this.limits.keptBytes - this.#seenBytes;
    this.#seenBytes += chunk.length;
    if (room > 0) this.#first.push(chunk.subarray(0, room));
    return this.#seenBytes <= this.limits.readBytes;
  }

  get truncated(): boolean {
    return this.#seenBytes > this.limits.keptBytes;
  }

  text(): string {
    const first = Buffer.concat(this.#first);
    // The decoder holds back a character that the cut went through.
    const text = this.truncated ? new StringDecoder('utf8').write(first) : first.toString('utf8');
    return text.replaceAll('\0', '\uFFFD');
  }
}
