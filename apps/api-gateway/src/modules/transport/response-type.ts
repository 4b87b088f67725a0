const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

export type ResponseType = typeof JSON_TYPE | typeof GRAPHQL_TYPE;

/** What an answer is sent as where nothing has been negotiated yet. */
export const DEFAULT_RESPONSE_TYPE: ResponseType = JSON_TYPE;

/**
 * Chooses the media type of the answer (spec/graphql.md section 5, RFC 9110 section 12.5.1). Wildcards and silence
 * mean `application/json`; the GraphQL type has to be named, and wins a tie then. Undefined: nothing acceptable.
 */
export function responseType(accept: string | undefined): ResponseType | undefined {
  // The three headers that nearly every client sends.
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return JSON_TYPE;
  }
  const ranges = accept.split(',').map(parseRange);
  const named = qualityOf(ranges, ['application/graphql-response+json']) ?? 0;
  const json = qualityOf(ranges, ['application/json', 'application/*', '*/*']) ?? 0;
  if (named > 0 && named >= json) return GRAPHQL_TYPE;
  return json > 0 ? JSON_TYPE : undefined;
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
