import fc from 'fast-check';
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { canonicalText } from './canonical.js';
import { operationHashes } from './hashes.js';
import { parseText } from './parse-text.js';
import { withTypename } from './with-typename.js';

const approved = `
query ListIncidents($first: Int = 20, $filter: IncidentFilter) {
  incidents(first: $first, filter: $filter, orderBy: { field: CREATED_AT, tags: ["a", "b"] }) {
    nodes { ...Row ... on Incident @include(if: true) { labels } }
    pageInfo { endCursor hasNextPage }
  }
}
fragment Row on Incident { key: id title }
`;

function canonical(text: string): string {
  const document = parseText(text);
  if (document === undefined) throw new Error('no GraphQL');
  return canonicalText(document, 'plain');
}

describe('canonical form', () => {
  const same: [string, string][] = [
    ['reprinted', print(parse(approved))],
    ['without ignored characters', stripIgnoredCharacters(approved)],
    ['with comments', approved.replace('nodes {', '# a comment\n nodes { # another\n')],
    ['with commas', approved.replace('pageInfo { endCursor', ', pageInfo , { endCursor ,')],
    ['with a byte order mark', `\uFEFF${approved}`],
    ['with CRLF', approved.replaceAll('\n', '\r\n')],
    [
      'with the fragment first',
      `${approved.slice(approved.indexOf('fragment'))}${approved.slice(0, approved.indexOf('fragment'))}`,
    ],
    ['with a block string of the same value', approved.replace('"a"', '"""a"""')],
  ];
  it.each(same)('[G11] is the same %s', (_name, text) => {
    expect(canonical(text)).toBe(canonical(approved));
  });

  const different: [string, string][] = [
    ['reordered fields', approved.replace('endCursor hasNextPage', 'hasNextPage endCursor')],
    ['a renamed alias', approved.replace('key: id', 'ident: id')],
    ['a dropped alias', approved.replace('key: id', 'id')],
    ['an extra fragment', `${approved} fragment More on Incident { id }`],
    ['an extra argument', approved.replace('first: $first,', 'first: $first, after: "x",')],
    [
      'reordered arguments',
      approved.replace('first: $first, filter: $filter', 'filter: $filter, first: $first'),
    ],
    ['a changed literal', approved.replace('"a"', '"c"')],
    ['a changed enum', approved.replace('CREATED_AT', 'UPDATED_AT')],
    ['a changed default', approved.replace('= 20', '= 200')],
    ['a changed variable type', approved.replace('$first: Int', '$first: Int!')],
    ['another operation name', approved.replace('ListIncidents', 'ListIncident')],
    ['another operation kind', approved.replace('query', 'mutation')],
    ['an extra directive', approved.replace('labels }', 'labels @skip(if: false) }')],
    ['another type condition', approved.replace('... on Incident', '... on Other')],
  ];
  it.each(different)('[G11] differs with %s', (_name, text) => {
    expect(canonical(text)).not.toBe(canonical(approved));
  });

  it('[G11] prints the typename variant exactly as the augmented document', () => {
    const document = parse(approved, { noLocation: true });
    expect(canonicalText(document, 'typename')).toBe(
      canonicalText(withTypename(document), 'plain'),
    );
    expect(canonicalText(document, 'typename')).not.toBe(canonicalText(document, 'plain'));
  });

  it('adds no __typename at the root nor where a set has one', () => {
    const document = withTypename(parse('query A { a { __typename b { c } } }'));
    expect(stripIgnoredCharacters(print(document))).toBe('query A{a{__typename b{c __typename}}}');
  });

  it('tells strings from enums, numbers and nested lists apart', () => {
    const texts = [
      '"a"',
      'a',
      '1',
      '1.0',
      'null',
      'true',
      '[]',
      '[[]]',
      '{}',
      '{a:1}',
      '"\\""',
      '$a',
    ].map((value) => canonical(`query Q($a: A) { f(x: ${value}) }`));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('is injective over string literals', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const [one, two] = [a, b].map((value) =>
          canonical(`query Q { f(x: ${JSON.stringify(value)}) }`),
        );
        expect(one === two).toBe(a === b);
      }),
    );
  });

  it('hashes lower-case hexadecimal of the UTF-8 text', () => {
    const text = 'query Q { größe }'.replace('ö', 'o').replace('ß', 'ss');
    expect(operationHashes(text, parse(text)).docSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['{', 'query {', 'query Q { a(x: "', '{'.repeat(3_000), '@a '.repeat(2_001), ''])(
    'parses garbage to nothing',
    (text) => {
      expect(parseText(text)).toBeUndefined();
    },
  );
});
