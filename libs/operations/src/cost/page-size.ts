import { Kind, OperationDefinitionNode } from 'graphql';
import { FieldUse } from '../gate/field-tree.js';
import { VariableRules } from '../rules/variable-rule.js';
import { VariableValues } from '../rules/variable-check.js';
import { FieldTerms } from '../schema/directives.js';

/** How many items a field returns at most, for one request and at worst. */
export interface PageSize {
  max: number;
  /** The size under these variables; `max` where they do not say. */
  of: (values: VariableValues) => number;
}

export interface SizeContext {
  operation: OperationDefinitionNode;
  rules: VariableRules;
}

const PAGE_ARGUMENTS = ['first', 'last', 'limit'];

/** The argument that pages this field, if it has one. */
export function pageArgument(use: FieldUse, terms: FieldTerms): string | undefined {
  if (terms.multiplier !== undefined) return terms.multiplier;
  return use.field.args.find((argument) => PAGE_ARGUMENTS.includes(argument.name))?.name;
}

/** The bound that an argument sets: a literal, the schema's default, or a variable whose rule has a `max`. */
export function argumentSize(
  context: SizeContext,
  use: FieldUse,
  argument: string,
): PageSize | undefined {
  const value = use.node.arguments?.find((node) => node.name.value === argument)?.value;
  const schemaDefault = asCount(use.field.args.find((arg) => arg.name === argument)?.defaultValue);
  if (value === undefined) return schemaDefault === undefined ? undefined : fixed(schemaDefault);
  if (value.kind === Kind.INT) return fixed(Number(value.value));
  if (value.kind !== Kind.VARIABLE) return undefined;
  const name = value.name.value;
  const max = context.rules[name]?.max;
  if (max === undefined) return undefined;
  const absent = variableDefault(context.operation, name) ?? schemaDefault ?? max;
  return {
    max,
    of: (values) => (Object.hasOwn(values, name) ? (asCount(values[name]) ?? max) : absent),
  };
}

export function fixed(size: number): PageSize {
  return { max: size, of: () => size };
}

function variableDefault(operation: OperationDefinitionNode, name: string): number | undefined {
  const definition = operation.variableDefinitions?.find(
    (node) => node.variable.name.value === name,
  );
  const value = definition?.defaultValue;
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
