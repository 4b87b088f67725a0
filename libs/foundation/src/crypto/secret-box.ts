import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const version = 1;
const kekIdBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + kekIdBytes + nonceBytes;

/** One key-encryption key: 32 bytes, named by a digest of itself. */
export class KeyEncryptionKey {
  readonly id: string;

  constructor(readonly bytes: Buffer) {
    if (bytes.length !== 32) throw new Error('a key-encryption key has 32 bytes');
    this.id = createHash('sha256')
      .update('kek-id')
      .update(bytes)
      .digest('hex')
      .slice(0, kekIdBytes * 2);
  }

  /** @param text base64 of 32 bytes */
  static parse(text: string): KeyEncryptionKey {
    return new KeyEncryptionKey(Buffer.from(text, 'base64'));
  }
}

/**
 * Seals small secrets at rest: AES-256-GCM under the key-encryption key. The context (table, column and row id)
 * is authenticated, so that a box copied to another row does not open.
 * Layout: version (1) | kek id (8) | nonce (12) | ciphertext | tag (16).
 */
export class SecretBox {
  private readonly keys: ReadonlyMap<string, KeyEncryptionKey>;

  /**
   * @param current seals
   * @param previous only open: keys that are being rotated out
   */
  constructor(
    readonly current: KeyEncryptionKey,
    previous: readonly KeyEncryptionKey[] = [],
  ) {
    this.keys = new Map([current, ...previous].map((key) => [key.id, key]));
  }

  seal(plain: Uint8Array, context: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.current.bytes, nonce).setAAD(
      Buffer.from(context),
    );
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([
      Buffer.of(version),
      Buffer.from(this.current.id, 'hex'),
      nonce,
      sealed,
      cipher.getAuthTag(),
    ]);
  }

  /** @throws Error when the key is unknown, or the box or its context was changed */
  open(box: Buffer, context: string): Buffer {
    if (box.length < headerBytes + tagBytes || box[0] !== version)
      throw new Error('not a sealed box');
    const key = this.keys.get(this.keyIdOf(box));
    if (!key) throw new Error(`sealed under the unknown key-encryption key ${this.keyIdOf(box)}`);
    const decipher = createDecipheriv(
      'aes-256-gcm',
      key.bytes,
      box.subarray(1 + kekIdBytes, headerBytes),
    )
      .setAAD(Buffer.from(context))
      .setAuthTag(box.subarray(-tagBytes));
    return Buffer.concat([decipher.update(box.subarray(headerBytes, -tagBytes)), decipher.final()]);
  }

  /** Which key-encryption key a box is sealed under. */
  keyIdOf(box: Buffer): string {
    return box.subarray(1, 1 + kekIdBytes).toString('hex');
  }
}
