/** Whether `1.4.2` lies in `1.x`, `1.4.x` or `1.4.2`. */
export function inVersionRange(version: string, range: string): boolean {
  return range.endsWith('.x') ? version.startsWith(range.slice(0, -1)) : version === range;
}

/** Orders versions by their numbers: negative where `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
