/**
 * Chooses between JSON and one media type beside it (RFC 9110 section 12.5.1). Wildcards and silence mean
 * `application/json`; the other has to be named, and wins a tie then. Undefined: nothing acceptable.
 */
export function negotiate<Named extends string>(
  accept: string | undefined,
  named: Named,
): Named | 'application/json' | undefined {
  // The three headers that nearly every client sends.
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json')
    return 'application/json';
  const ranges = accept.split(',').map(parseRange);
  const quality = qualityOf(ranges, [named]) ?? 0;
  const json = qualityOf(ranges, ['application/json', 'application/*', '*/*']) ?? 0;
  if (quality > 0 && quality >= json) return named;
  return json > 0 ? 'application/json' : undefined;
}

interface MediaRange {
  type: string;
  quality: number;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  let quality = 1;
  for (const parameter of parameters) {
    if (parameter.startsWith('q=')) quality = Number(parameter.slice(2));
    // We answer in UTF-8 alone.
    else if (parameter.startsWith('charset=') && !/^charset="?utf-8"?$/.test(parameter))
      quality = 0;
  }
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** The quality of the most specific range that is listed. */
function qualityOf(ranges: readonly MediaRange[], types: readonly string[]): number | undefined {
  for (const type of types) {
    const found = ranges.filter((range) => range.type === type);
    if (found.length > 0) return Math.max(...found.map((range) => range.quality));
  }
  return undefined;
}
