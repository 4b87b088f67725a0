import { buildSchema } from 'graphql';
import { VariableRules } from '../rules/variable-rule.js';
import { GATEWAY_DIRECTIVES_SDL } from '../schema/directives.js';
import { Approval, OperationDraft, approveOperation } from './approve-operation.js';

const schema = buildSchema(`${GATEWAY_DIRECTIVES_SDL}
  scalar JSONObject
  enum Status { OPEN CLOSED }
  input Filter { status: Status text: String labels: [String!] nested: Filter }
  input NoteInput { id: ID! text: String! extra: JSONObject }
  type Item { id: ID! title: String old: String @deprecated labels: [String!]! @listSize(max: 20) loose: [String!]! children: [Item!]!
    timeline(first: Int! = 20): EntryConnection! @cost(weight: 1, multiplier: "first") }
  type Entry { id: ID! item: Item! }
  type EntryConnection { nodes: [Entry!]! pageInfo: PageInfo! }
  type PageInfo { endCursor: String }
  type ItemConnection { nodes: [Item!]! pageInfo: PageInfo! }
  type Viewer { clientId: String! }
  type Query {
    viewer: Viewer!
    item(id: ID!): Item @requiresScope(scope: "items:read")
    items(first: Int! = 20, filter: Filter): ItemConnection! @requiresScope(scope: "items:read") @cost(weight: 1, multiplier: "first")
    top(first: Int): [Item!]!
    types: [Viewer!]! @listSize(max: 50)
  }
  type Mutation { addNote(input: NoteInput!): Item! @requiresScope(scope: "items:write") @cost(weight: 10) }
  type Subscription { ping: String }
`);

function gate(
  text: string,
  rules: VariableRules = {},
  more: Partial<OperationDraft> = {},
): Approval {
  return approveOperation(schema, { text, rules, ...more });
}
function codes(approval: Approval): string[] {
  return approval.ok ? [] : [...new Set(approval.findings.map((entry) => entry.code))];
}

describe('approveOperation', () => {
  it('computes digests, scopes and cost', () => {
    const text =
      'query Q($first: Int! = 10) { items(first: $first) { nodes { id } pageInfo { endCursor } } }';
    const approval = gate(text, { first: { max: 50 } });
    if (!approval.ok) throw new Error(JSON.stringify(approval.findings));
    const { operation } = approval;
    expect(operation).toMatchObject({
      name: 'Q',
      kind: 'query',
      requiredScopes: ['items:read'],
      text,
    });
    expect(operation.docSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(operation.normTypenameSha256).not.toBe(operation.normSha256);
    expect(operation.cost.staticCost).toBe(1 + 50 + 1);
    expect(operation.cost.costOf({})).toBe(1 + 10 + 1);
    expect(operation.cost.costOf({ first: 3 })).toBe(1 + 3 + 1);
  });

  const refused: [string, string, VariableRules, string[]][] = [
    ['[G24] an anonymous document', '{ viewer { clientId } }', {}, ['ANONYMOUS_OPERATION']],
    ['[G24] a list without a bound', 'query Q { top { id } }', {}, ['UNBOUNDED_LIST']],
    [
      '[G24] a list whose variable has no max',
      'query Q($n: Int) { top(first: $n) { id } }',
      { n: {} },
      ['UNBOUNDED_LIST'],
    ],
    [
      '[G24] a list of a connection without a bound',
      'query Q($n: Int!) { items(first: $n) { nodes { id } } }',
      { n: {} },
      ['UNBOUNDED_LIST'],
    ],
    [
      '[G24] a nested list without a bound',
      'query Q { items(first: 1) { nodes { children { id } } } }',
      {},
      ['UNBOUNDED_LIST'],
    ],
    [
      '[G24] a scalar list without @listSize',
      'query Q { item(id: 1) { loose } }',
      {},
      ['UNBOUNDED_LIST'],
    ],
    [
      'two operations',
      'query A { viewer { clientId } } query B { viewer { clientId } }',
      {},
      ['NOT_ONE_OPERATION'],
    ],
    ['no operation', 'fragment F on Viewer { clientId }', {}, ['NOT_ONE_OPERATION']],
    ['a subscription', 'subscription S { ping }', {}, ['SUBSCRIPTION']],
    [
      'a type definition',
      'query Q { viewer { clientId } } type A { b: Int }',
      {},
      ['TYPE_SYSTEM_DEFINITION'],
    ],
    ['@defer', 'query Q { viewer { ... @defer { clientId } } }', {}, ['INCREMENTAL_DELIVERY']],
    [
      'introspection under an alias',
      'query Q { x: __schema { types { name } } }',
      {},
      ['INTROSPECTION'],
    ],
    [
      'introspection in a fragment',
      'query Q { ...F } fragment F on Query { __type(name: "A") { name } }',
      {},
      ['INTROSPECTION'],
    ],
    ['a field that does not exist', 'query Q { viewr { clientId } }', {}, ['INVALID']],
    ['an unused variable', 'query Q($a: Int) { viewer { clientId } }', { a: {} }, ['INVALID']],
    ['a deprecated field', 'query Q { item(id: 1) { old } }', {}, ['DEPRECATED_FIELD']],
    ['no GraphQL', 'query Q {', {}, ['SYNTAX']],
    ['too many tokens', `query Q { ${'viewer { clientId } '.repeat(600)} }`, {}, ['SYNTAX']],
    [
      'a long text',
      `query Q { viewer { clientId } } # ${'x'.repeat(17_000)}`,
      {},
      ['TEXT_TOO_LONG'],
    ],
    [
      'a variable without a rule',
      'query Q($id: ID!) { item(id: $id) { id } }',
      {},
      ['VARIABLE_WITHOUT_RULE', 'UNBOUNDED_VARIABLE'],
    ],
    [
      'a string of any length',
      'query Q($id: ID!) { item(id: $id) { id } }',
      { id: {} },
      ['UNBOUNDED_VARIABLE'],
    ],
    [
      'a rule for nothing',
      'query Q { viewer { clientId } }',
      { id: { max: 1 } },
      ['UNKNOWN_RULE_PATH'],
    ],
    [
      'a rule that does not fit',
      'query Q($id: ID!) { item(id: $id) { id } }',
      { id: { maxLength: 40, maxItems: 2 } },
      ['RULE_DOES_NOT_FIT'],
    ],
    [
      'a forbidden variable',
      'query Q($f: Filter) { items(filter: $f) { nodes { id } } }',
      { f: { forbid: true } },
      ['RULE_DOES_NOT_FIT'],
    ],
    [
      'an input that contains itself',
      'query Q($f: Filter) { items(filter: $f) { nodes { id } } }',
      {
        f: {},
        'f.text': { maxLength: 9 },
        'f.labels': { maxItems: 2 },
        'f.labels[]': { maxLength: 9 },
      },
      ['UNBOUNDED_VARIABLE'],
    ],
    [
      'a default above the maximum',
      'query Q($n: Int! = 500) { items(first: $n) { nodes { id } } }',
      { n: { max: 50 } },
      ['DEFAULT_BREAKS_RULE'],
    ],
    [
      'a variable with a reserved name',
      'query Q($__proto__: ID!) { item(id: $__proto__) { id } }',
      {},
      ['RESERVED_NAME'],
    ],
    [
      'what could never be paid',
      'query Q { items(first: 100) { nodes { timeline(first: 100) { nodes { id } } } } }',
      {},
      ['COST_TOO_HIGH'],
    ],
    [
      'depth above twelve',
      `query Q { item(id: 1) ${'{ timeline(first: 1) { nodes { item '.repeat(5)} { id } ${'} } }'.repeat(5)} }`,
      {},
      ['TOO_DEEP'],
    ],
    [
      'more than twenty aliases',
      `query Q { ${Array.from({ length: 21 }, (_, i) => `a${i}: viewer { clientId }`).join(' ')} }`,
      {},
      ['TOO_MANY_ALIASES'],
    ],
    [
      'fragments that multiply',
      `query Q { item(id: 1) { ...F0 } } ${Array.from({ length: 14 }, (_, i) => `fragment F${i} on Item { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F14 on Item { id }`,
      {},
      ['COST_TOO_HIGH'],
    ],
  ];
  it.each(refused)('refuses %s', (_name, text, rules, expected) => {
    expect(codes(gate(text, rules))).toEqual(expected);
  });

  it('[G24] tells everything at once, with its place', () => {
    const text = `query Q($id: ID!, $n: Int = 9) {
  item(id: $id) { titel old loose }
  top(first: $n) { id }
  x: __schema { types { name } }
}`;
    const approval = gate(text, { n: { max: 5 }, 'other.path': {} }, { requiredScopes: [] });
    expect(approval.ok ? [] : approval.findings).toEqual([
      place('INTROSPECTION', 4, 3),
      place('INVALID', 2, 19, 'Cannot query field "titel" on type "Item".'),
      place('DEPRECATED_FIELD', 2, 25),
      rule('VARIABLE_WITHOUT_RULE', 'id'),
      rule('UNBOUNDED_VARIABLE', 'id'),
      place('DEFAULT_BREAKS_RULE', 1, 29),
      rule('UNKNOWN_RULE_PATH', 'other.path'),
      place('UNBOUNDED_LIST', 2, 29),
      { code: 'SCOPES_TOO_SMALL', member: ['required_scopes'], message: expect.any(String) },
    ]);
  });
  it('[G24] tells where the text stops being GraphQL', () => {
    const approval = gate('query Q {\n  viewer { clientId }\n');
    expect(approval.ok ? [] : approval.findings).toEqual([
      place('SYNTAX', 3, 1, 'Syntax Error: Expected Name, found <EOF>.'),
    ]);
  });
  function place(code: string, line: number, column: number, message?: string): object {
    return { code, position: { line, column }, message: message ?? expect.any(String) };
  }
  function rule(code: string, path: string): object {
    return { code, member: ['variable_rules', path], message: expect.any(String) };
  }

  it('[G24] refuses a scope set that is too small, and keeps a larger one', () => {
    const text = 'mutation M($input: NoteInput!) { addNote(input: $input) { id } }';
    const rules: VariableRules = {
      input: {},
      'input.id': { maxLength: 40 },
      'input.text': { maxLength: 2_000, sensitive: true },
      'input.extra': { forbid: true },
    };
    expect(codes(gate(text, rules, { requiredScopes: ['items:read'] }))).toEqual([
      'SCOPES_TOO_SMALL',
    ]);
    const approval = gate(text, rules, { requiredScopes: ['items:write', 'extra:scope'] });
    expect(approval).toMatchObject({
      ok: true,
      operation: { kind: 'mutation', requiredScopes: ['extra:scope', 'items:write'] },
    });
  });

  it('[G24] accepts the three ways to bound a list', () => {
    for (const text of [
      'query Q { top(first: 5) { id labels } }',
      'query Q { items { nodes { id } } }',
      'query Q { types { clientId } }',
    ]) {
      expect(codes(gate(text))).toEqual([]);
    }
  });

  it('multiplies nested pages, with the worst case at approval and the asked one at the request', () => {
    const text =
      'query Q($a: Int!, $b: Int = 2) { items(first: $a) { nodes { timeline(first: $b) { nodes { id } } } } }';
    const approval = gate(text, { a: { max: 20 }, b: { max: 40 } });
    if (!approval.ok) throw new Error(JSON.stringify(approval.findings));
    const { cost } = approval.operation;
    expect(cost.staticCost).toBe(1 + 20 * (1 + 1 + 40));
    expect(cost.costOf({ a: 3 })).toBe(1 + 3 * (1 + 1 + 2));
    expect(cost.costOf({ a: 3, b: null })).toBe(1 + 3 * (1 + 1 + 40));
  });

  it('[G26] finds an approved operation that a schema change broke, and lets deprecation pass', () => {
    const text = 'query Q { item(id: 1) { old } }';
    expect(codes(approveOperation(schema, { text, rules: {} }, 'again'))).toEqual([]);
    const changed = buildSchema(
      `${GATEWAY_DIRECTIVES_SDL} type Query { item(id: ID!): Item } type Item { id: ID! }`,
    );
    expect(codes(approveOperation(changed, { text, rules: {} }, 'again'))).toEqual(['INVALID']);
  });

  it('[G24] suggests nothing', () => {
    const approval = gate('query Q { viewr { clientId } }');
    expect(JSON.stringify(approval)).not.toContain('Did you mean');
  });
});
