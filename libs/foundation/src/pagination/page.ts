import { z } from 'zod';
import type { CursorCodec } from './cursor.js';

/** The query members of every list; extend it with the filters of the list. */
export const pageQuery = pageQueryOf({ most: 200, unlessTold: 50 });

export type PageQuery = z.output<typeof pageQuery>;

export interface Page<Item> {
  items: readonly Item[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** As pageQuery, with other bounds of `limit`, the items a page. */
export function pageQueryOf({ most, unlessTold }: { most: number; unlessTold: number }) {
  const message = `Give a whole number from 1 to ${most}.`;
  return z.strictObject({
    limit: z
      .string()
      .regex(/^\d{1,3}$/, message)
      .transform(Number)
      .refine((limit) => limit >= 1 && limit <= most, message)
      .default(unlessTold),
    cursor: z.string().min(1).max(1_024).optional(),
  });
}

/**
 * Cuts a page out of `limit + 1` rows: the row too many says that there is another page.
 * @param scope what the cursor is bound to: tenant, list and filters in one text
 * @param position the order members of a row, all as text
 */
export function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  cursors: CursorCodec,
  scope: string,
  position: (row: Row) => readonly string[],
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? cursors.encode(scope, position(last)) : null };
}
