import {
  DocumentNode,
  GraphQLSchema,
  Kind,
  OperationDefinitionNode,
  isInputType,
  isNonNullType,
  typeFromAST,
  valueFromASTUntyped,
} from 'graphql';
import { VARIABLE_LIMITS } from '../limits.js';
import { InputCheck, inputCheck } from './input-check.js';
import { measureJson } from './json-shape.js';
import { nonNullUses } from './non-null-uses.js';
import { RuleFailure, VariableRules } from './variable-rule.js';

export type VariableValues = Readonly<Record<string, unknown>>;

export type VariableOutcome =
  { ok: true; values: VariableValues } | { ok: false; failure: RuleFailure };

/**
 * Judges a caller's variables. The outcome never contains a value or a key that the caller chose. `sizeBytes` is an
 * upper bound of their JSON where the caller of this function knows one (the request body's size).
 */
export type VariableCheck = (
  raw: VariableValues | null | undefined,
  sizeBytes?: number,
) => VariableOutcome;

interface Declared {
  name: string;
  check: InputCheck;
  /** Set where leaving the variable out is refused. */
  absent: RuleFailure | undefined;
  /** What the document says it is then; filled in here, because graphql-jit does not for `Int! = 20`. */
  defaultValue: unknown;
}

const NONE: VariableOutcome = { ok: true, values: Object.freeze({}) };
const LIMITS: VariableOutcome = refuse(null, 'limits');
const UNKNOWN: VariableOutcome = refuse(null, 'unknownVariable');

/**
 * Compiles the variable rules of an approved operation (spec/graphql.md sections 1 and 6). graphql-js's own coercion
 * puts the whole input value into its messages, secrets included: what passes here cannot fail there.
 */
export function compileVariableCheck(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  rules: VariableRules,
): VariableCheck {
  const mustNotBeNull = nonNullUses(schema, document);
  const declared = (operation.variableDefinitions ?? []).map((definition): Declared => {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) throw new Error(`$${name} has no input type`);
    const check = inputCheck(type, name, rules);
    const required: RuleFailure = { variable: name, rule: 'required' };
    const hasDefault =
      definition.defaultValue !== undefined && definition.defaultValue.kind !== Kind.NULL;
    return {
      name,
      check: mustNotBeNull.has(name)
        ? (value) => (value === null ? required : check(value))
        : check,
      absent: isNonNullType(type) && !hasDefault ? required : undefined,
      defaultValue: definition.defaultValue && valueFromASTUntyped(definition.defaultValue),
    };
  });
  return (raw, sizeBytes) => judge(declared, raw ?? {}, sizeBytes);
}

function judge(
  declared: readonly Declared[],
  raw: VariableValues,
  sizeBytes: number | undefined,
): VariableOutcome {
  const names = Object.keys(raw);
  if (names.length === 0 && declared.length === 0) return NONE;
  if (exceedsLimits(raw, sizeBytes)) return LIMITS;
  const values: Record<string, unknown> = {};
  let known = 0;
  for (const variable of declared) {
    if (!Object.hasOwn(raw, variable.name)) {
      if (variable.absent) return { ok: false, failure: variable.absent };
      if (variable.defaultValue !== undefined) values[variable.name] = variable.defaultValue;
      continue;
    }
    known += 1;
    const value = raw[variable.name];
    const failure = variable.check(value);
    if (failure) return { ok: false, failure };
    values[variable.name] = value;
  }
  return known === names.length ? { ok: true, values } : UNKNOWN;
}

function exceedsLimits(raw: VariableValues, sizeBytes: number | undefined): boolean {
  const shape = measureJson(raw, VARIABLE_LIMITS.maxDepth);
  if (shape.depth > VARIABLE_LIMITS.maxDepth || shape.leaves > VARIABLE_LIMITS.maxLeaves)
    return true;
  if (sizeBytes !== undefined && sizeBytes <= VARIABLE_LIMITS.maxBytes) return false;
  return Buffer.byteLength(JSON.stringify(raw)) > VARIABLE_LIMITS.maxBytes;
}

function refuse(variable: string | null, rule: RuleFailure['rule']): VariableOutcome {
  return { ok: false, failure: { variable, rule } };
}
