/** The first that is named decides: most browsers call themselves by the names of others as well. */
const browsers = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
] as const;

const systems = [
  ['iOS', /\b(iPhone|iPad|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const;

const nameIn = (
  names: readonly (readonly [string, RegExp])[],
  userAgent: string,
): string | undefined => names.find(([, pattern]) => pattern.test(userAgent))?.[0];

/** What a User-Agent calls itself, as its user would: `Firefox, Linux`. A hint to people, and no more. */
export function browserOf(userAgent: string): string | undefined {
  const parts = [nameIn(browsers, userAgent), nameIn(systems, userAgent)];
  return parts.filter((part) => part !== undefined).join(', ') || undefined;
}
