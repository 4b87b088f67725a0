import { randomBytes } from 'node:crypto';
import { CursorCodec } from './cursor.js';

const codec = new CursorCodec(randomBytes(32));

describe('CursorCodec', () => {
  it('returns the position it was given', () => {
    const cursor = codec.encode('ten_A/apps', ['2026-03-23T12:00:00.000Z', 'app_1']);
    expect(codec.decode('ten_A/apps', cursor)).toEqual(['2026-03-23T12:00:00.000Z', 'app_1']);
  });

  it('refuses a cursor of tenant A in tenant B [O73]', () => {
    const cursor = codec.encode('ten_A/apps', ['1']);
    expect(() => codec.decode('ten_B/apps', cursor)).toThrow('invalid_cursor');
  });

  it('refuses changed, foreign and empty cursors', () => {
    const cursor = codec.encode('s', ['1']);
    const flipped = (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1);
    for (const bad of [
      '',
      'x',
      flipped,
      `${cursor}A`,
      `${cursor}=`,
      new CursorCodec(randomBytes(32)).encode('s', ['1']),
    ]) {
      expect(() => codec.decode('s', bad)).toThrow('invalid_cursor');
    }
  });
});
