import { GraphQLField, Kind } from 'graphql';

/** What the schema says about a field beyond its type (spec/graphql.md section 9). */
export interface FieldTerms {
  /** `@requiresScope(scope:)`, repeatable. */
  scopes: readonly string[];
  /** `@cost(weight:)` in points. */
  weight: number | undefined;
  /** `@cost(multiplier:)`: the argument that says how many nodes the connection below it returns. */
  multiplier: string | undefined;
  /** `@listSize(max:)`: no list of this field is ever longer. */
  maxItems: number | undefined;
}

/** Definitions that the printed schema starts with. */
export const GATEWAY_DIRECTIVES_SDL = `
directive @requiresScope(scope: String!) repeatable on FIELD_DEFINITION
directive @cost(weight: Int!, multiplier: String) on FIELD_DEFINITION
directive @listSize(max: Int!) on FIELD_DEFINITION
`;

export function fieldTerms(field: GraphQLField<unknown, unknown>): FieldTerms {
  return {
    scopes: argumentValues(field, 'requiresScope', 'scope'),
    weight: asNumber(argumentValues(field, 'cost', 'weight')[0]),
    multiplier: argumentValues(field, 'cost', 'multiplier')[0],
    maxItems: asNumber(argumentValues(field, 'listSize', 'max')[0]),
  };
}

function argumentValues(
  field: GraphQLField<unknown, unknown>,
  directive: string,
  argument: string,
): string[] {
  const values: string[] = [];
  for (const node of field.astNode?.directives ?? []) {
    if (node.name.value !== directive) continue;
    const value = node.arguments?.find((candidate) => candidate.name.value === argument)?.value;
    if (value?.kind === Kind.STRING || value?.kind === Kind.INT) values.push(value.value);
  }
  return values;
}

function asNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
