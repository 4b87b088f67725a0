import { randomBytes } from 'node:crypto';
import { KeyEncryptionKey, SecretBox } from './secret-box.js';

const first = new KeyEncryptionKey(randomBytes(32));
const second = new KeyEncryptionKey(randomBytes(32));

describe('SecretBox', () => {
  it('opens what it sealed, in the same context only', () => {
    const box = new SecretBox(first);
    const sealed = box.seal(Buffer.from('top secret'), 'webhook_key:1');
    expect(sealed.includes('top secret')).toBe(false);
    expect(box.open(sealed, 'webhook_key:1').toString()).toBe('top secret');
    expect(() => box.open(sealed, 'webhook_key:2')).toThrow();
  });

  it('refuses a changed box', () => {
    const box = new SecretBox(first);
    const sealed = box.seal(Buffer.from('x'), 'c');
    for (let at = 9; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed, 'c')).toThrow();
    }
  });

  it('opens boxes of the previous key after a rotation and names the unknown one', () => {
    const old = new SecretBox(first).seal(Buffer.from('x'), 'c');
    expect(new SecretBox(second, [first]).open(old, 'c').toString()).toBe('x');
    expect(() => new SecretBox(second).open(old, 'c')).toThrow(first.id);
  });
});
