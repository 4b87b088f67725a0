import {
  GraphQLInputType,
  GraphQLSchema,
  OperationDefinitionNode,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
  valueFromASTUntyped,
} from 'graphql';
import { Finding, FindingCode, finding, manifestFinding } from '../finding.js';
import { inputCheck } from '../rules/input-check.js';
import { InputPath, inputPaths } from '../rules/input-paths.js';
import { VariableRule, VariableRules } from '../rules/variable-rule.js';

/** Every variable has a rule, every rule has its place and fits it, and nothing a caller may send is unbounded. */
export function checkRules(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  rules: VariableRules,
): Finding[] {
  const findings: Finding[] = [];
  const places = new Set<string>();
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) continue;
    if (rules[name] === undefined) {
      findings.push(ruleFinding('VARIABLE_WITHOUT_RULE', name, `$${name} has no rule`));
    }
    for (const place of inputPaths(name, type, rules)) {
      places.add(place.path);
      findings.push(...checkPlace(place, rules[place.path] ?? {}));
    }
    if (definition.defaultValue) {
      const broken = inputCheck(type, name, rules)(valueFromASTUntyped(definition.defaultValue));
      if (broken) {
        const text = `the default of $${name} breaks ${broken.rule}`;
        findings.push(finding('DEFAULT_BREAKS_RULE', text, definition.defaultValue));
      }
    }
  }
  for (const path of Object.keys(rules)) {
    if (!places.has(path))
      findings.push(ruleFinding('UNKNOWN_RULE_PATH', path, `no variable has the path ${path}`));
  }
  return findings;
}

function ruleFinding(code: FindingCode, path: string, message: string): Finding {
  return manifestFinding(code, message, 'variable_rules', path);
}

function checkPlace(place: InputPath, rule: VariableRule): Finding[] {
  const { path } = place;
  if (place.isForbidden) {
    if (place.isField && !place.isRequired) return [];
    const text = `${path} cannot be forbidden: only an optional field can`;
    return [ruleFinding('RULE_DOES_NOT_FIT', path, text)];
  }
  if (place.isEndless) {
    return [ruleFinding('UNBOUNDED_VARIABLE', path, `${path} contains itself: forbid it`)];
  }
  const findings: Finding[] = [];
  const kind = kindOf(place.type);
  for (const key of Object.keys(rule)) {
    if (!FITS[kind].includes(key)) {
      findings.push(ruleFinding('RULE_DOES_NOT_FIT', path, `${key} means nothing at ${path}`));
    }
  }
  const missing = MISSING[kind](rule);
  if (missing) findings.push(ruleFinding('UNBOUNDED_VARIABLE', path, `${path} needs ${missing}`));
  return findings;
}

type Kind = 'list' | 'object' | 'enum' | 'number' | 'boolean' | 'text' | 'custom';

const FITS: Record<Kind, readonly string[]> = {
  list: ['maxItems', 'sensitive'],
  object: ['sensitive'],
  enum: ['enum', 'sensitive'],
  number: ['min', 'max', 'enum', 'sensitive'],
  boolean: ['sensitive'],
  text: ['maxLength', 'pattern', 'enum', 'sensitive'],
  custom: ['maxLength', 'pattern', 'enum', 'maxDepth', 'sensitive'],
};

/** The rule without which a value of this kind could be as large as the caller likes. */
const MISSING: Record<Kind, (rule: VariableRule) => string | undefined> = {
  list: (rule) => (rule.maxItems === undefined ? 'maxItems' : undefined),
  object: () => undefined,
  enum: () => undefined,
  number: () => undefined,
  boolean: () => undefined,
  text: (rule) => (rule.maxLength === undefined && !rule.enum ? 'maxLength or enum' : undefined),
  custom: (rule) => (rule.maxLength === undefined && !rule.enum ? 'maxLength or enum' : undefined),
};

function kindOf(type: GraphQLInputType): Kind {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return 'list';
  if (isInputObjectType(nullable)) return 'object';
  if (isEnumType(nullable)) return 'enum';
  if (nullable.name === 'Int' || nullable.name === 'Float') return 'number';
  if (nullable.name === 'Boolean') return 'boolean';
  return nullable.name === 'String' || nullable.name === 'ID' ? 'text' : 'custom';
}
