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
    ['[G5] an array batch', 'not_an_object', '[{"query":"{ a }"},{"query":"{ a }"}]'],
    ['[G5] an array of one', 'not_an_object', '[{"query":"{ a }"}]'],
    ['a string', 'not_an_object', '"{ a }"'],
    ['null', 'not_an_object', 'null'],
    ['nothing', 'not_json', ''],
    ['no JSON', 'not_json', '{query:"{ a }"}'],
    ['two values', 'not_json', '{"query":"a"}{"query":"a"}'],
    ['[G22] a byte order mark', 'not_json', '\uFEFF{"query":"{ a }"}'],
    ['neither query nor documentId', 'no_operation', '{"variables":{}}'],
    ['a query that is no string', 'wrong_type', '{"query":["{ a }"]}'],
    ['[G8] a number as documentId', 'wrong_type', '{"documentId":7}'],
    ['[G8] an object as documentId', 'wrong_type', '{"documentId":{"sha256":"a"}}'],
    ['a list as documentId', 'wrong_type', '{"documentId":[],"query":"{ a }"}'],
    ['variables as a list', 'wrong_type', '{"query":"{ a }","variables":[]}'],
    ['variables as text', 'wrong_type', '{"query":"{ a }","variables":"{}"}'],
    ['a number as operationName', 'wrong_type', '{"query":"{ a }","operationName":1}'],
    ['extensions as text', 'wrong_type', '{"query":"{ a }","extensions":"x"}'],
    [
      'persistedQuery as text',
      'wrong_type',
      '{"query":"{ a }","extensions":{"persistedQuery":"x"}}',
    ],
    [
      'persistedQuery without a digest',
      'wrong_type',
      '{"query":"{ a }","extensions":{"persistedQuery":{"version":1}}}',
    ],
    [
      'two ids that differ',
      'ids_differ',
      `{"documentId":"sha256:b","extensions":{"persistedQuery":{"version":1,"sha256Hash":"${digest}"}}}`,
    ],
    ['[G14] a member twice', 'repeated_member', '{"query":"{ a }","query":"{ b }"}'],
    [
      '[G14] a variable twice',
      'repeated_member',
      '{"query":"{ a }","variables":{"first":1,"first":1000}}',
    ],
    [
      '[G14] a variable twice, once escaped',
      'repeated_member',
      '{"query":"{ a }","variables":{"first":1,"fir\\u0073t":1000}}',
    ],
    [
      '[G14] a nested member twice',
      'repeated_member',
      '{"query":"{ a }","variables":{"a":[{"b":1,"b":2}]}}',
    ],
    [
      '[G14] depth beyond counting',
      'too_deep',
      `{"query":"{ a }","variables":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
    ],
    ['[G23] 60 KB of braces', 'not_json', '{'.repeat(60_000)],
  ])('refuses %s: %s', (_name, reason, text) => {
    expect(read(text)).toBe(reason);
  });

  it('refuses what is not UTF-8', () => {
    expect(readGraphQLRequest(Buffer.from('{"query":"{ \xe4 }"}', 'latin1'))).toBe('not_json');
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
