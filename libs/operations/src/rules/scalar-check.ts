import { GraphQLLeafType, isEnumType } from 'graphql';
import { RuleId, VariableRule } from './variable-rule.js';
import { jsonDepth } from './json-shape.js';

/** The rule that the value breaks, or undefined. */
export type LeafCheck = (value: unknown) => RuleId | undefined;

const INT_MAX = 2_147_483_647;
const INT_MIN = -2_147_483_648;

/** Types first, then the rule's own bounds; nothing is converted: `"10"` is no Int. */
export function leafCheck(type: GraphQLLeafType, rule: VariableRule): LeafCheck {
  const isType = typeCheck(type);
  const bounds = boundChecks(rule);
  return (value) => {
    if (!isType(value)) return 'type';
    for (const bound of bounds) {
      const broken = bound(value);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

function typeCheck(type: GraphQLLeafType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map((value) => value.name));
    return (value) => typeof value === 'string' && names.has(value);
  }
  switch (type.name) {
    case 'Int':
      return (value) =>
        Number.isInteger(value) && Number(value) >= INT_MIN && Number(value) <= INT_MAX;
    case 'Float':
      return (value) => typeof value === 'number' && Number.isFinite(value);
    case 'Boolean':
      return (value) => typeof value === 'boolean';
    case 'String':
      return isText;
    case 'ID':
      return (value) => isText(value) || Number.isSafeInteger(value);
    default:
      return (value) => isStorable(value) && parses(type, value);
  }
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\u0000');
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isText(key) && isStorable(member));
}

function parses(type: GraphQLLeafType, value: unknown): boolean {
  try {
    return type.parseValue(value) !== undefined;
  } catch {
    // The scalar's own message may quote the value.
    return false;
  }
}

function boundChecks(rule: VariableRule): LeafCheck[] {
  const { min, max, maxLength, pattern, enum: allowed, maxDepth } = rule;
  const checks: LeafCheck[] = [];
  // A maximum without a minimum is a page size, a count or an index: none of them is negative.
  const least = min ?? (max === undefined ? undefined : 0);
  if (least !== undefined) checks.push((value) => (Number(value) < least ? 'min' : undefined));
  if (max !== undefined) checks.push((value) => (Number(value) > max ? 'max' : undefined));
  if (maxLength !== undefined) {
    checks.push((value) => (isLonger(value, maxLength) ? 'maxLength' : undefined));
  }
  if (maxDepth !== undefined) {
    checks.push((value) => (jsonDepth(value, maxDepth) > maxDepth ? 'maxDepth' : undefined));
  }
  if (allowed !== undefined) {
    const values = new Set<unknown>(allowed);
    checks.push((value) => (values.has(value) ? undefined : 'enum'));
  }
  if (pattern !== undefined) {
    const regex = new RegExp(pattern, 'u');
    checks.push((value) => (regex.test(String(value)) ? undefined : 'pattern'));
  }
  return checks;
}

function isLonger(value: unknown, maxLength: number): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Code units are at least as many as characters: the exact count is needed only above the bound.
  return text.length > maxLength && Array.from(text).length > maxLength;
}
