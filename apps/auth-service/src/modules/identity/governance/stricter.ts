import ipaddr from 'ipaddr.js';

/** What both lists allow; an absent list allows everything, an empty one nothing. */
export function intersectLists<T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
): readonly T[] | null {
  if (!a) return b ?? null;
  return b ? a.filter((item) => b.includes(item)) : a;
}

/** The addresses both lists allow. Two blocks nest or are disjoint, so the narrower of each nested pair remains. */
export function intersectCidrs(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | null {
  if (!a) return b ?? null;
  if (!b) return a;
  const narrower = a.flatMap((x) => b.flatMap((y) => narrowerOf(x, y)));
  return [...new Set(narrower)];
}

function narrowerOf(x: string, y: string): string[] {
  const [xNetwork, xBits] = ipaddr.parseCIDR(x);
  const [yNetwork, yBits] = ipaddr.parseCIDR(y);
  if (xNetwork.kind() !== yNetwork.kind()) return [];
  if (!xNetwork.match(yNetwork, Math.min(xBits, yBits))) return [];
  return [xBits >= yBits ? x : y];
}
