import { shippedBundles } from '#libs/operations';

/** The text of every shipped operation by its name. */
export const documents: ReadonlyMap<string, string> = new Map(
  shippedBundles().flatMap((source) => [...source.documents]),
);
