import fc from 'fast-check';
import { GraphQLScalarType, Kind, buildSchema, parse } from 'graphql';
import { VariableRules } from './variable-rule.js';
import { VariableCheck, compileVariableCheck } from './variable-check.js';

const schema = buildSchema(`
  scalar JSONObject
  enum Severity { LOW HIGH CRITICAL }
  input Inner { a: Int }
  input Choice @oneOf { id: ID name: String }
  input Input { title: String! text: String severity: Severity = LOW labels: [String!] secret: String hidden: String inner: Inner json: JSONObject }
  type Query { f(first: Int! = 20, input: Input, ids: [ID!], ratio: Float, flag: Boolean, choice: Choice, tag: String): String }
`);
const json = schema.getType('JSONObject') as GraphQLScalarType;
json.parseValue = (value) => {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`got ${JSON.stringify(value)}`);
  return value;
};

function compile(text: string, rules: VariableRules): VariableCheck {
  const document = parse(text);
  const operation = document.definitions[0];
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return compileVariableCheck(schema, document, operation, rules);
}

const check = compile(
  `query Q($first: Int = 20, $input: Input, $ids: [ID!], $ratio: Float, $flag: Boolean, $choice: Choice, $tag: String) {
     f(first: $first, input: $input, ids: $ids, ratio: $ratio, flag: $flag, choice: $choice, tag: $tag) }`,
  {
    first: { max: 50 },
    input: {},
    'input.title': { maxLength: 10 },
    'input.text': { pattern: '^[a-z]+$' },
    'input.severity': { enum: ['LOW', 'HIGH'] },
    'input.labels': { maxItems: 3 },
    'input.labels[]': { maxLength: 3 },
    'input.secret': { sensitive: true, maxLength: 20 },
    'input.hidden': { forbid: true },
    'input.json': { maxDepth: 2, maxLength: 40 },
    ids: { maxItems: 5 },
    'ids[]': { maxLength: 4 },
    ratio: { min: -1, max: 1 },
    tag: { enum: ['x', 'y'] },
  },
);

function rule(raw: Record<string, unknown>): unknown {
  const outcome = check(raw);
  return outcome.ok ? 'ok' : [outcome.failure.variable, outcome.failure.rule];
}

describe('compileVariableCheck', () => {
  it('hands on what was declared, fills in defaults and keeps the rest absent', () => {
    const input = {
      title: 'a',
      text: 'b',
      severity: 'HIGH',
      labels: ['x'],
      inner: null,
      json: { a: { b: 1 } },
    };
    const raw = {
      first: 1,
      input,
      ids: ['a', 7],
      ratio: 0.5,
      flag: true,
      tag: 'x',
      choice: { id: '1' },
    };
    expect(check(raw)).toEqual({ ok: true, values: raw });
    expect(check({})).toEqual({ ok: true, values: { first: 20 } });
    expect(check(null)).toEqual({ ok: true, values: { first: 20 } });
    expect(check(undefined)).toEqual({ ok: true, values: { first: 20 } });
  });

  const refused: [Record<string, unknown>, string | null, string][] = [
    [{ nope: 1 }, null, 'unknownVariable'],
    [JSON.parse('{"__proto__":1}') as Record<string, unknown>, null, 'unknownVariable'],
    [{ first: 1e9 }, 'first', 'max'],
    [{ first: -1 }, 'first', 'min'],
    [{ first: null }, 'first', 'required'],
    [{ first: '10' }, 'first', 'type'],
    [{ first: 1.5 }, 'first', 'type'],
    [{ first: 1e100 }, 'first', 'type'],
    [{ first: [1, 2] }, 'first', 'type'],
    [{ first: true }, 'first', 'type'],
    [{ ids: Array.from({ length: 10_000 }, String) }, null, 'limits'],
    [{ ids: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'ids', 'maxItems'],
    [{ ids: ['a', null] }, 'ids[]', 'required'],
    [{ ids: ['aaaaa'] }, 'ids[]', 'maxLength'],
    [{ ids: [1.5] }, 'ids[]', 'type'],
    [{ ratio: 2 }, 'ratio', 'max'],
    [{ ratio: -2 }, 'ratio', 'min'],
    [{ ratio: '1' }, 'ratio', 'type'],
    [{ flag: 'true' }, 'flag', 'type'],
    [{ flag: 1 }, 'flag', 'type'],
    [{ tag: 'z' }, 'tag', 'enum'],
    [{ input: 'x' }, 'input', 'type'],
    [{ input: [{ title: 'a' }] }, 'input', 'type'],
    [{ input: {} }, 'input.title', 'required'],
    [{ input: { title: null } }, 'input.title', 'required'],
    [{ input: { title: 'a'.repeat(11) } }, 'input.title', 'maxLength'],
    [{ input: { title: 'a', text: 'ABC' } }, 'input.text', 'pattern'],
    [{ input: { title: 'a', severity: 'CRITICAL' } }, 'input.severity', 'enum'],
    [{ input: { title: 'a', severity: 'LOWW' } }, 'input.severity', 'type'],
    [{ input: { title: 'a', severity: 0 } }, 'input.severity', 'type'],
    [{ input: { title: 'a', labels: ['a', 'b', 'c', 'd'] } }, 'input.labels', 'maxItems'],
    [{ input: { title: 'a', labels: ['aaaa'] } }, 'input.labels[]', 'maxLength'],
    [{ input: { title: 'a', inner: { b: 1 } } }, 'input.inner', 'forbid'],
    [{ input: { title: 'a', json: { a: { b: { c: 1 } } } } }, 'input.json', 'maxDepth'],
    [{ input: { title: 'a', json: { a: 'x'.repeat(50) } } }, 'input.json', 'maxLength'],
    [{ input: { title: 'a', json: 'x' } }, 'input.json', 'type'],
    [{ input: { title: 'a', json: { a: '\u0000' } } }, 'input.json', 'type'],
    [{ input: { title: 'a\u0000' } }, 'input.title', 'type'],
    [{ input: { title: '\ud800' } }, 'input.title', 'type'],
    [{ choice: {} }, 'choice', 'required'],
    [{ choice: { id: '1', name: 'a' } }, 'choice', 'required'],
    [{ choice: { id: null } }, 'choice', 'required'],
  ];
  it.each(refused)('[G14] refuses %j at %s by %s', (raw, variable, expected) => {
    expect(rule(raw)).toEqual([variable, expected]);
  });

  it('[G4] answers a forbidden input field as one that does not exist', () => {
    expect(check({ input: { title: 'a', hidden: 'x' } })).toEqual(
      check({ input: { title: 'a', nope: 'x' } }),
    );
    expect(rule({ input: { title: 'a', hidden: 'x' } })).toEqual(['input', 'forbid']);
  });

  it('[G14] refuses depth, leaves and size before anything else', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50; level += 1) deep = { a: deep };
    expect(rule({ input: { title: 'a', json: deep } })).toEqual([null, 'limits']);
    expect(rule({ ids: Array.from({ length: 501 }, () => 'a') })).toEqual([null, 'limits']);
    expect(rule({ input: { title: 'a'.repeat(33_000) } })).toEqual([null, 'limits']);
  });

  it('counts characters, not code units', () => {
    expect(rule({ input: { title: '🚒'.repeat(10) } })).toBe('ok');
    expect(rule({ input: { title: '🚒'.repeat(11) } })).toEqual(['input.title', 'maxLength']);
  });

  it('takes a single value for a list of one', () => {
    expect(rule({ ids: 'a' })).toBe('ok');
    expect(rule({ ids: 'aaaaa' })).toEqual(['ids[]', 'maxLength']);
  });

  it('demands a variable without a default', () => {
    const strict = compile('query Q($tag: String!) { f(tag: $tag) }', { tag: { maxLength: 3 } });
    expect(strict({})).toEqual({ ok: false, failure: { variable: 'tag', rule: 'required' } });
    expect(strict({ tag: null })).toEqual({
      ok: false,
      failure: { variable: 'tag', rule: 'required' },
    });
  });

  it('[G4] never repeats what the caller sent', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 8 }), fc.jsonValue()),
        fc.jsonValue(),
        (extra, value) => {
          const raw = { ...extra, input: { secret: 'whsec_SUPERSECRET', title: value, ...extra } };
          const outcome = check(raw);
          if (outcome.ok) return;
          expect(JSON.stringify(outcome)).not.toContain('SUPERSECRET');
          for (const key of Object.keys(extra)) expect(outcome.failure.variable).not.toBe(key);
        },
      ),
    );
  });
});
