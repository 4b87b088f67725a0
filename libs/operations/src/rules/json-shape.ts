/** Nesting of a JSON value: a scalar is 0, `{}` and `[]` are 1. Stops counting one above `limit`. */
export function jsonDepth(value: unknown, limit: number): number {
  if (value === null || typeof value !== 'object') return 0;
  if (limit <= 0) return 1;
  let deepest = 0;
  for (const child of Object.values(value)) {
    deepest = Math.max(deepest, jsonDepth(child, limit - 1));
    if (deepest >= limit) break;
  }
  return deepest + 1;
}

export interface JsonShape {
  depth: number;
  /** Scalars and null. */
  leaves: number;
  /** Members of all objects. */
  members: number;
}

/** Counts a parsed JSON value without recursing deeper than `maxDepth`, which is reported as `maxDepth + 1`. */
export function measureJson(value: unknown, maxDepth: number): JsonShape {
  const shape: JsonShape = { depth: 0, leaves: 0, members: 0 };
  measure(value, 0, maxDepth, shape);
  return shape;
}

function measure(value: unknown, depth: number, maxDepth: number, shape: JsonShape): void {
  if (value === null || typeof value !== 'object') {
    shape.leaves += 1;
    return;
  }
  if (depth >= shape.depth) shape.depth = depth + 1;
  if (depth >= maxDepth) return;
  if (Array.isArray(value)) {
    for (const item of value) measure(item, depth + 1, maxDepth, shape);
    return;
  }
  const children = Object.values(value);
  shape.members += children.length;
  for (const child of children) measure(child, depth + 1, maxDepth, shape);
}
