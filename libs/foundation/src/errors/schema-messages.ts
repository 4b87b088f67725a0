import { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

const nouns: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

const formats: Readonly<Record<string, string>> = {
  date: 'a date like 2026-03-23',
  datetime: 'a time like 2026-03-23T12:00:00Z (RFC 3339)',
  email: 'an e-mail address',
  url: 'an absolute URL',
  uuid: 'a UUID',
};

/** One, and more. */
const units: Readonly<Record<string, readonly [string, string]>> = {
  array: ['entry', 'entries'],
  string: ['character', 'characters'],
};

/**
 * What to do about a value that does not fit, in one sentence, for every schema of the process. A message that stands
 * in the schema itself comes first; where there is no better sentence, zod's own stays.
 */
export function sentenceOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const noun = nouns[issue.expected] ?? `a value of the type ${issue.expected}`;
      return issue.input === undefined ? `It is missing: give ${noun}.` : `Give ${noun}.`;
    }
    case 'invalid_value': {
      const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
      return issue.values.length === 1 ? `Give ${values}.` : `Give one of ${values}.`;
    }
    case 'invalid_format':
      if (issue.format === 'regex') return `Give text that matches ${issue.pattern ?? 'its form'}.`;
      return `Give ${formats[issue.format] ?? `a valid ${issue.format}`}.`;
    case 'not_multiple_of':
      return `Give a multiple of ${issue.divisor}.`;
    case 'too_small':
      return bound(
        issue.origin,
        issue.minimum,
        issue.inclusive === false ? 'more than' : 'at least',
      );
    case 'too_big':
      return bound(
        issue.origin,
        issue.maximum,
        issue.inclusive === false ? 'less than' : 'at most',
      );
    default:
      return undefined;
  }
}

function bound(origin: string, limit: number | bigint, relation: string): string {
  const unit = units[origin]?.[Number(limit) === 1 ? 0 : 1];
  return unit ? `Give ${relation} ${limit} ${unit}.` : `Give a number of ${relation} ${limit}.`;
}

z.config({ customError: sentenceOf });
