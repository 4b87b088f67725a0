/** Whether the text is a version range: `1.x`, `1.4.x` or `1.4.2`. */
export function isVersionRange(text: string): boolean {
  return /^(0|[1-9]\d{0,5})\.(x|(0|[1-9]\d{0,5})\.(x|0|[1-9]\d{0,5}))$/.test(text);
}

/** Whether `1.4.2` lies in `1.x`, `1.4.x` or `1.4.2`. */
export function inVersionRange(version: string, range: string): boolean {
  return range.endsWith('.x') ? version.startsWith(range.slice(0, -1)) : version === range;
}

/** Whether some version lies in both: ranges are nested or apart. */
export function versionRangesMeet(a: string, b: string): boolean {
  return inVersionRange(a, b) || inVersionRange(b, a);
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
