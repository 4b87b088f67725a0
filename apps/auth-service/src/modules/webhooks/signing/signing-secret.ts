import {
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { signedPrefix, type SignedMessage } from './signed-message.js';

const PREFIX = 'whsec_';
const GENERATED_BYTES = 32;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
const HINT_LENGTH = 4;

/**
 * How the key comes out of the text. `whsec`: base64 after the prefix. `raw`: the characters themselves.
 * `ambiguous`: no prefix and yet base64, which libraries read either way, so that both keys sign.
 */
export type SecretFormat = 'whsec' | 'raw' | 'ambiguous';

/** A receiver's shared secret. Nothing but `reveal` shows it: neither JSON nor the logger sees private fields. */
export class SigningSecret {
  readonly #text: string;
  /** Key objects: with a buffer, Node takes four times as long to make an HMAC of a kilobyte. */
  readonly #keys: readonly KeyObject[];

  private constructor(
    readonly format: SecretFormat,
    text: string,
    keys: readonly Buffer[],
  ) {
    this.#text = text;
    this.#keys = keys.map((key) => createSecretKey(key));
  }

  /** Null for a secret too weak or malformed to sign with (webhooks.md section 6). */
  static parse(text: string): SigningSecret | null {
    if (text.startsWith(PREFIX)) {
      const key = decodeStrict(text.slice(PREFIX.length));
      const isUsable = key !== null && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES;
      return isUsable ? new SigningSecret('whsec', text, [key]) : null;
    }
    if (!/^[\x20-\x7e]{24,128}$/.test(text)) return null;
    const raw = Buffer.from(text, 'ascii');
    const decoded = decodeLeniently(text);
    return decoded !== null && decoded.length >= MIN_KEY_BYTES
      ? new SigningSecret('ambiguous', text, [decoded, raw])
      : new SigningSecret('raw', text, [raw]);
  }

  static generate(): SigningSecret {
    const key = randomBytes(GENERATED_BYTES);
    return new SigningSecret('whsec', PREFIX + key.toString('base64'), [key]);
  }

  /** The last characters, by which a person recognises it. */
  get hint(): string {
    return this.#text.slice(-HINT_LENGTH);
  }

  /** The text itself: for sealing, and for the one response that shows a generated secret. */
  reveal(): string {
    return this.#text;
  }

  equals(other: SigningSecret): boolean {
    const [mine, theirs] = [Buffer.from(this.#text), Buffer.from(other.#text)];
    return mine.length === theirs.length && timingSafeEqual(mine, theirs);
  }

  /** One `v1,…` entry for each way to read the secret. */
  sign(message: SignedMessage): string[] {
    const prefix = signedPrefix(message);
    return this.#keys.map(
      (key) =>
        `v1,${createHmac('sha256', key).update(prefix).update(message.body).digest('base64')}`,
    );
  }
}

/** RFC 4648 section 4 with its padding, as the strictest of the receivers' libraries demands after `whsec_`. */
function decodeStrict(text: string): Buffer | null {
  return text.length % 4 === 0 ? decodeLeniently(text) : null;
}

/** As the most lenient of them decodes a bare secret: padding or none. */
function decodeLeniently(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}
