import fc from 'fast-check';
import { readGraphQLRequest } from './graphql-request.js';

const read = (text: string): unknown => readGraphQLRequest(Buffer.from(text));
const digest = 'a'.repeat(64);

describe('readGraphQLRequest', () => {
  it('reads the contract’s example', () => {
    expect(read('{"query":"{ a }","variables":{}}')).toEqual({ query: '{ a }', variables: {} });
  });

  it('takes null for absent and ignores members it does not know', () => {
    const text =
      '{"query":"{ a }","variables":null,"operationName":null,"extensions":null,"documentId":null,"id":1}';
    expect(read(text)).toEqual({ query: '{ a }' });
  });

  it('[G6] reads persistedQuery version 1 as documentId, and no other version', () => {
    const alias = (version: number): string =>
      `{"query":"{ a }","extensions":{"persistedQuery":{"version":${version},"sha256Hash":"${digest}"}}}`;
    expect(read(alias(1))).toEqual({ query: '{ a }', documentId: `sha256:${digest}` });
    expect(read(alias(2))).toEqual({ query: '{ a }' });
  });

  it.each([
    ['[G5] an array batch', '[{"query":"{ a }"},{"query":"{ a }"}]'],
    ['[G5] an array of one', '[{"query":"{ a }"}]'],
    ['a string', '"{ a }"'],
    ['null', 'null'],
    ['nothing', ''],
    ['no JSON', '{query:"{ a }"}'],
    ['two values', '{"query":"a"}{"query":"a"}'],
    ['[G22] a byte order mark', '\uFEFF{"query":"{ a }"}'],
    ['neither query nor documentId', '{"variables":{}}'],
    ['a query that is no string', '{"query":["{ a }"]}'],
    ['[G8] a number as documentId', '{"documentId":7}'],
    ['[G8] an object as documentId', '{"documentId":{"sha256":"a"}}'],
    ['a list as documentId', '{"documentId":[],"query":"{ a }"}'],
    ['variables as a list', '{"query":"{ a }","variables":[]}'],
    ['variables as text', '{"query":"{ a }","variables":"{}"}'],
    ['a number as operationName', '{"query":"{ a }","operationName":1}'],
    ['extensions as text', '{"query":"{ a }","extensions":"x"}'],
    ['persistedQuery as text', '{"query":"{ a }","extensions":{"persistedQuery":"x"}}'],
    [
      'persistedQuery without a digest',
      '{"query":"{ a }","extensions":{"persistedQuery":{"version":1}}}',
    ],
    [
      'two ids that differ',
      `{"documentId":"sha256:b","extensions":{"persistedQuery":{"version":1,"sha256Hash":"${digest}"}}}`,
    ],
    ['[G14] a member twice', '{"query":"{ a }","query":"{ b }"}'],
    ['[G14] a variable twice', '{"query":"{ a }","variables":{"first":1,"first":1000}}'],
    [
      '[G14] a variable twice, once escaped',
      '{"query":"{ a }","variables":{"first":1,"fir\\u0073t":1000}}',
    ],
    ['[G14] a nested member twice', '{"query":"{ a }","variables":{"a":[{"b":1,"b":2}]}}'],
    [
      '[G14] depth beyond counting',
      `{"query":"{ a }","variables":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
    ],
    ['[G23] 60 KB of braces', '{'.repeat(60_000)],
  ])('refuses %s', (_name, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('refuses what is not UTF-8', () => {
    expect(readGraphQLRequest(Buffer.from('{"query":"{ \xe4 }"}', 'latin1'))).toBeUndefined();
  });

  it('[G8] keeps __proto__ and constructor as data', () => {
    expect(read('{"documentId":"__proto__","variables":{"__proto__":{"a":1}}}')).toMatchObject({
      documentId: '__proto__',
    });
    expect(Object.prototype).not.toHaveProperty('a');
  });

  it('counts colons as JSON does, whatever stands in strings and keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (variables) => {
        for (const space of [0, 2]) {
          const text = JSON.stringify({ query: 'a "quoted\\" {b: c}', variables }, null, space);
          expect(read(text)).toMatchObject({ query: 'a "quoted\\" {b: c}' });
        }
      }),
    );
  });
});
