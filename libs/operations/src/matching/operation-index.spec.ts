import { parse } from 'graphql';
import { operationHashes } from '../text/hashes.js';
import { OperationIndex } from './operation-index.js';

const text = 'query Check { result: viewer { clientId } }';
const other = 'query Other { viewer { tenantId } }';

function indexOf(texts: string[]): OperationIndex<string> {
  return new OperationIndex(
    texts.map((value) => ({
      text: value,
      ...operationHashes(value, parse(value)),
      names: [`b@1.0.0/${value.slice(6, 11)}`],
      value,
    })),
  );
}
const index = indexOf([text, other]);
const hit = (value: string, variant = 'plain'): object => ({
  found: true,
  candidates: [{ value, variant }],
});
const sha = operationHashes(text, parse(text)).docSha256;

describe('OperationIndex', () => {
  it('finds by digest, by name and by exact text', () => {
    for (const match of [
      index.matchId(`sha256:${sha}`),
      index.matchId('x-knogin:b@1.0.0/Check'),
      index.matchText(text),
    ]) {
      expect(match).toEqual(hit(text));
    }
  });

  it('[G11] finds a reformatted text, again from the cache', () => {
    const spelled = 'query Check{result:viewer{clientId}} # hello';
    expect(index.matchText(spelled)).toEqual(hit(text));
    expect(index.matchText(spelled)).toBe(index.matchText(spelled));
  });

  it('[G12] tells the typename variant from the plain one', () => {
    expect(index.matchText('query Check { result: viewer { clientId __typename } }')).toEqual(
      hit(text, 'typename'),
    );
  });

  it('runs the plain variant where both are the same document', () => {
    const flat = 'mutation Flat { ping }';
    expect(indexOf([flat]).matchText('mutation Flat {ping}')).toEqual(hit(flat));
  });

  it.each([
    `sha256:${sha.toUpperCase()}`,
    `sha256:${sha} `,
    ` sha256:${sha}`,
    `SHA256:${sha}`,
    'sha256:',
    'sha256',
    '',
    '../../etc/passwd',
    'x-knogin:',
    'x-knogin:../../etc/passwd',
    'x-knogin:__proto__',
    '__proto__',
    'sha256:__proto__',
    'sha256:constructor',
    'constructor',
    'a'.repeat(1_000_000),
    sha,
  ])('[G8] does not know the id %#', (documentId) => {
    expect(index.matchId(documentId)).toEqual({ found: false, syntaxError: false });
  });

  it('[G9] gives one answer for a thousand alternating texts and ids', () => {
    const answers = new Set<unknown>();
    for (let round = 0; round < 1_000; round += 1) {
      answers.add(
        JSON.stringify([
          index.matchText(text),
          index.matchId(`sha256:${sha}`),
          index.matchText(`${text} `),
        ]),
      );
    }
    expect(answers.size).toBe(1);
  });

  it('[G13] knows no text with a second operation', () => {
    expect(index.matchText(`${text} query B { x: __typename }`)).toEqual({
      found: false,
      syntaxError: false,
    });
  });

  it('[G1][G2] knows no introspection in any disguise', () => {
    const disguises = [
      '{ __typename }',
      '{ __schema { types { name } } }',
      'query A { x: __schema { types { name } } }',
      'query A { ...F } fragment F on Query { __type(name: "Query") { name } }',
      'query A { ... on Query { y: __type(name: "Query") { name } } }',
      'query A { __type(name: "Query") @include(if: true) { name } }',
    ];
    for (const disguise of disguises)
      expect(index.matchText(disguise)).toEqual({ found: false, syntaxError: false });
  });

  it('[G23] stops at two thousand tokens', () => {
    const garbage = [
      '{'.repeat(60_000),
      `{ ${'a: b '.repeat(5_000)} }`,
      `{ a ${'@a '.repeat(1_000)} }`,
      'x '.repeat(2_000),
    ];
    for (const text_ of garbage)
      expect(index.matchText(text_)).toEqual({ found: false, syntaxError: true });
  });

  it('lists a document that is one version as it stands and another with typenames added', () => {
    const [plain, augmented] = ['query A { a { b } }', 'query A { a { b __typename } }'] as const;
    expect(indexOf([plain, augmented]).matchText(`${augmented} `)).toMatchObject({
      candidates: [
        { value: plain, variant: 'typename' },
        { value: augmented, variant: 'plain' },
      ],
    });
  });

  it('lists every version that has the document', () => {
    const both = new OperationIndex(
      ['1.0.0', '1.1.0'].map((value) => ({
        text,
        ...operationHashes(text, parse(text)),
        names: [`b@${value}/Check`],
        value,
      })),
    );
    expect(both.matchText(text)).toMatchObject({
      candidates: [{ value: '1.0.0' }, { value: '1.1.0' }],
    });
    expect(both.matchId('x-knogin:b@1.1.0/Check')).toEqual(hit('1.1.0'));
  });
});
