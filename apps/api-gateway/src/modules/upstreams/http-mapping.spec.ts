import type { ExecutionError } from '../execution/index.js';
import { mapAnswer, mapRequest } from './http-mapping.js';

const mapping = {
  method: 'POST',
  path: '/v1/things/{id}/parts/{input.part}?page={page}&fixed=1&tag={tag}',
  body: { title: 'input.title', count: 'input.count' },
  result: { thing: '/data/item', total: '/meta/total', whole: '' },
} as const;

describe('HTTP mapping', () => {
  function refusal(variables: object): unknown {
    try {
      return mapRequest(mapping, { ...variables });
    } catch (error) {
      return (error as ExecutionError).input;
    }
  }

  it('encodes variables into path and query, and leaves absent ones out', () => {
    const variables = { id: 'a/b?c#d', input: { part: 'ü .', title: '"x"' }, page: 2, tag: null };
    const request = mapRequest(mapping, variables);
    expect(request.path).toBe('/v1/things/a%2Fb%3Fc%23d/parts/%C3%BC%20.?page=2&fixed=1');
    expect(JSON.parse(String(request.body))).toEqual({ title: '"x"' });
  });

  it.each(['', '.', '..'])('[G20] refuses %j as a segment', (id) => {
    expect(refusal({ id, input: { part: 'a' } })).toEqual({ variable: 'id', rule: 'pathSegment' });
    expect(refusal({ id: 'a', input: { part: id } })).toEqual({
      variable: 'input.part',
      rule: 'pathSegment',
    });
  });

  it('refuses objects in a path, and reads no inherited members', () => {
    expect(refusal({ id: {}, input: { part: 'a' } })).toEqual({ variable: 'id', rule: 'type' });
    const inherited = { ...mapping, path: '/{constructor.name}' };
    expect(() => mapRequest(inherited, {})).toThrow('BAD_USER_INPUT');
  });

  it('follows JSON Pointers into the answer', () => {
    const answer = { data: { item: { id: 1 } }, meta: { 'a/b': 1 } };
    expect(mapAnswer(mapping, answer)).toEqual({
      thing: { id: 1 },
      total: undefined,
      whole: answer,
    });
    expect(mapAnswer({ ...mapping, result: { x: '/meta/a~1b' } }, answer)).toEqual({ x: 1 });
    expect(mapAnswer({ ...mapping, result: { x: '/constructor' } }, answer)).toEqual({
      x: undefined,
    });
  });
});
