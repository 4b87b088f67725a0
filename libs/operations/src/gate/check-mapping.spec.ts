import { buildSchema } from 'graphql';
import type { HttpMapping } from '../bundle-file/bundle-manifest.js';
import { approveBundle, type ExecutionTarget } from './approve-bundle.js';

const schema = buildSchema('type Query { thing(id: ID!): String other: String }');
const title = { de: 'T', en: 'T' };
const fitting: HttpMapping = {
  method: 'POST',
  path: '/v1/things/{id}?page={id}',
  body: { id: 'id' },
  result: { mine: '/data/a~1b', other: '' },
};

function findings(
  mapping: HttpMapping | undefined,
  kind: ExecutionTarget['kind'] = 'http',
  document = 'query Q($id: ID!) { mine: thing(id: $id) other }',
): unknown {
  const approval = approveBundle(() => ({ kind, schema }), {
    manifest: {
      name: 'b',
      version: '1.0.0',
      title,
      changelog: 'a',
      workflow: {
        key: 'b',
        title,
        description: title,
        owner_team: 'a',
        data_classification: 'internal',
      },
      operations: { Q: { variable_rules: { id: { maxLength: 9 } }, upstream: 'u', mapping } },
    },
    documents: new Map([['Q', document]]),
  });
  if (approval.ok) return [];
  return approval.findings['Q']?.map(({ member, message }) => `${member?.join('/')}: ${message}`);
}

describe('the mapping of an operation', () => {
  it('fits', () => {
    expect(findings(fitting)).toEqual([]);
    expect(findings(undefined, 'graphql')).toEqual([]);
    expect(findings(undefined, 'local')).toEqual([]);
  });

  it('belongs to upstreams of kind http, and to those always', () => {
    expect(findings(undefined)).toEqual(['mapping: an upstream of kind http needs a mapping']);
    const only = ['mapping: only an upstream of kind http takes a mapping'];
    expect(findings(fitting, 'graphql')).toEqual(only);
    expect(findings(fitting, 'local')).toEqual(only);
  });

  it.each<[string, Partial<HttpMapping>, string[]]>([
    [
      'variables that do not exist',
      { path: '/{nope.a}', body: { x: 'input.y' } },
      [
        'mapping/path: there is no variable $nope.a',
        'mapping/body/x: there is no variable $input.y',
      ],
    ],
    [
      'root fields that do not exist, and none for those that do',
      { result: { other: '/a', thing: '/b' } },
      [
        'mapping/result: nothing fills the root field mine',
        'mapping/result/thing: there is no root field thing',
      ],
    ],
    [
      'what is no pointer',
      { result: { mine: 'a', other: '/~2' } },
      [
        'mapping/result/mine: is no JSON Pointer (RFC 6901)',
        'mapping/result/other: is no JSON Pointer (RFC 6901)',
      ],
    ],
    ['dots', { path: '/a/../b' }, ['mapping/path: a segment of dots would be resolved away']],
    [
      'encoded dots',
      { path: '/a/%2E.' },
      ['mapping/path: a segment of dots would be resolved away'],
    ],
    ['a broken place', { path: '/{id' }, ['mapping/path: a brace that belongs to no {variable}']],
  ])('names %s', (_name, part, expected) => {
    expect(findings({ ...fitting, ...part })).toEqual(expected);
  });

  it('wants the root fields in the operation itself', () => {
    const document =
      'query Q($id: ID!) { ...F } fragment F on Query { mine: thing(id: $id) other }';
    expect(findings(fitting, 'http', document)).toEqual([
      'mapping/result: the root fields have to stand in the operation itself',
    ]);
  });
});
