import type { VariableRules } from '#libs/operations';
import fc from 'fast-check';
import {
  getNullableType,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';

/** Variables that the operation's rules admit, now and then left out or null where that is allowed. */
export function randomVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  rules: VariableRules,
): fc.Arbitrary<Record<string, unknown>> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) throw new Error(`$${name} has no input type`);
    members[name] = arbitrary(type, name, rules);
    if (isNonNullType(type) && !definition.defaultValue) required.push(name);
  }
  return fc.record(members, { requiredKeys: required });
}

function arbitrary(
  type: GraphQLInputType,
  path: string,
  rules: VariableRules,
): fc.Arbitrary<unknown> {
  const present = nonNull(type, path, rules);
  return isNonNullType(type) ? present : fc.option(present, { nil: null, freq: 8 });
}

function nonNull(
  type: GraphQLInputType,
  path: string,
  rules: VariableRules,
): fc.Arbitrary<unknown> {
  const rule = rules[path] ?? {};
  const nullable = getNullableType(type);
  if (rule.enum) return fc.constantFrom(...rule.enum);
  if (isListType(nullable)) {
    const item = arbitrary(nullable.ofType, `${path}[]`, rules);
    return fc.array(item, { maxLength: Math.min(rule.maxItems ?? 3, 3) });
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields());
    return fc.record(
      Object.fromEntries(
        fields.map((field) => [field.name, arbitrary(field.type, `${path}.${field.name}`, rules)]),
      ),
      { requiredKeys: fields.filter(isRequiredInputField).map((field) => field.name) },
    );
  }
  if (isEnumType(nullable)) return fc.constantFrom(...nullable.getValues().map(({ name }) => name));
  switch (nullable.name) {
    case 'Int':
      return fc.integer({ min: rule.min ?? 0, max: rule.max ?? 1_000 });
    case 'Boolean':
      return fc.boolean();
    case 'DateTime':
      return fc.constantFrom('2026-03-23T12:00:00Z', '2026-03-23T12:00:00.123+01:00');
    case 'URL':
      return fc.constantFrom(
        'https://integrator.example/webhooks/argus',
        'https://a.example/?b=c#d',
      );
    case 'EventType':
      return fc.constantFrom('incident.updated', 'incident.closed');
    default:
      return fc.string({ maxLength: Math.min(rule.maxLength ?? 20, 20) });
  }
}
