import {
  GraphQLInputObjectType,
  GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import { leafCheck } from './scalar-check.js';
import { RuleFailure, RuleId, VariableRule, VariableRules } from './variable-rule.js';

/** The first rule that the value breaks, or undefined. Failures name declared paths, never the caller's own keys. */
export type InputCheck = (value: unknown) => RuleFailure | undefined;

export function inputCheck(type: GraphQLInputType, path: string, rules: VariableRules): InputCheck {
  if (isNonNullType(type)) {
    const present = inputCheck(type.ofType, path, rules);
    const missing = failure(path, 'required');
    return (value) => (value === null ? missing : present(value));
  }
  const check = nullableCheck(type, path, rules);
  return (value) => (value === null ? undefined : check(value));
}

function nullableCheck(type: GraphQLInputType, path: string, rules: VariableRules): InputCheck {
  const rule = rules[path] ?? {};
  if (isListType(type)) return listCheck(inputCheck(type.ofType, `${path}[]`, rules), path, rule);
  if (isInputObjectType(type)) return objectCheck(type, path, rules);
  if (isNonNullType(type)) return inputCheck(type, path, rules);
  const check = leafCheck(type, rule);
  return (value) => {
    const broken = check(value);
    return broken === undefined ? undefined : failure(path, broken);
  };
}

function listCheck(item: InputCheck, path: string, rule: VariableRule): InputCheck {
  const tooMany = failure(path, 'maxItems');
  const maxItems = rule.maxItems ?? Infinity;
  return (value) => {
    // A single value stands for a list of one (GraphQL specification section 3.11).
    if (!Array.isArray(value)) return item(value);
    if (value.length > maxItems) return tooMany;
    for (const entry of value) {
      const broken = item(entry);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

interface FieldCheck {
  check: InputCheck;
  required: RuleFailure | undefined;
}

function objectCheck(type: GraphQLInputObjectType, path: string, rules: VariableRules): InputCheck {
  // Built at first use: an input type may contain itself, and then some path below is forbidden.
  let built: Map<string, FieldCheck> | undefined;
  const wrongType = failure(path, 'type');
  const unknown = failure(path, 'forbid');
  const oneOf = failure(path, 'required');
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType;
    built ??= fieldChecks(type, path, rules);
    for (const key of Object.keys(value)) if (!built.has(key)) return unknown;
    let given = 0;
    for (const [name, field] of built) {
      const member: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
      if (member === undefined) {
        if (field.required) return field.required;
        continue;
      }
      given += 1;
      if (type.isOneOf && member === null) return oneOf;
      const broken = field.check(member);
      if (broken !== undefined) return broken;
    }
    return type.isOneOf && given !== 1 ? oneOf : undefined;
  };
}

function fieldChecks(
  type: GraphQLInputObjectType,
  path: string,
  rules: VariableRules,
): Map<string, FieldCheck> {
  const checks = new Map<string, FieldCheck>();
  for (const field of Object.values(type.getFields())) {
    const fieldPath = `${path}.${field.name}`;
    if (rules[fieldPath]?.forbid) continue;
    checks.set(field.name, {
      check: inputCheck(field.type, fieldPath, rules),
      required: isRequiredInputField(field) ? failure(fieldPath, 'required') : undefined,
    });
  }
  return checks;
}

function failure(variable: string, rule: RuleId): RuleFailure {
  return { variable, rule };
}
