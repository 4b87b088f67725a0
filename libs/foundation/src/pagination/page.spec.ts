import { CursorCodec } from './cursor.js';
import { pageQuery, toPage } from './page.js';

const cursors = new CursorCodec(Buffer.alloc(32, 1));
const cut = (rows: string[], limit: number) => toPage(rows, limit, cursors, 'list', (row) => [row]);

describe('toPage', () => {
  it('names a next page only where a row is left over', () => {
    expect(cut(['a', 'b'], 2)).toEqual({ items: ['a', 'b'], nextCursor: null });
    const { items, nextCursor } = cut(['a', 'b', 'c'], 2);
    expect(items).toEqual(['a', 'b']);
    expect(cursors.decode('list', nextCursor ?? '')).toEqual(['b']);
    expect(cut([], 2)).toEqual({ items: [], nextCursor: null });
  });

  it('takes 1 to 200 a page, 50 by default', () => {
    expect(pageQuery.parse({})).toEqual({ limit: 50 });
    expect(pageQuery.parse({ limit: '200' }).limit).toBe(200);
    for (const limit of ['0', '201', 'x', '1.5', '', ['1', '2']])
      expect(pageQuery.safeParse({ limit }).success).toBe(false);
  });
});
