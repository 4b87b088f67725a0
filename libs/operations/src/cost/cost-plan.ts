import { getNamedType, getNullableType, isCompositeType, isListType } from 'graphql';
import { Finding, finding } from '../finding.js';
import { FieldUse } from '../gate/field-tree.js';
import { VariableValues } from '../rules/variable-check.js';
import { fieldTerms } from '../schema/directives.js';
import { PageSize, SizeContext, argumentSize, fixed, pageArgument } from './page-size.js';

/** What an operation costs: an object 1 point, a scalar 0, a list its size times its items, `@cost` overriding. */
export interface CostPlan {
  /** With every page as large as its bound. */
  staticCost: number;
  /** With the pages that these variables ask for; never above `staticCost`. */
  costOf: (values: VariableValues) => number;
  /** Fields whose size nothing bounds; the plan counts them once. */
  unbounded: readonly Finding[];
}

/** A sum of a constant and of parts that are multiplied with a page size. */
interface Sum {
  constant: number;
  parts: { size: PageSize; each: Sum }[];
}

export function costPlan(context: SizeContext, tree: readonly FieldUse[]): CostPlan {
  const unbounded: Finding[] = [];
  const sum = sumOf(context, tree, undefined, unbounded);
  return {
    staticCost: worst(sum),
    costOf: sum.parts.length === 0 ? () => sum.constant : (values) => evaluate(sum, values),
    unbounded,
  };
}

/** `inherited` is the page size of the connection that the fields stand under. */
function sumOf(
  context: SizeContext,
  uses: readonly FieldUse[],
  inherited: PageSize | undefined,
  unbounded: Finding[],
): Sum {
  const total: Sum = { constant: 0, parts: [] };
  for (const use of uses) {
    const terms = fieldTerms(use.field);
    const isList = isListType(getNullableType(use.field.type));
    const argument = pageArgument(use, terms);
    const own = argument === undefined ? undefined : argumentSize(context, use, argument);
    const size = own ?? (terms.maxItems === undefined ? inherited : fixed(terms.maxItems));
    if ((isList && size === undefined) || (argument !== undefined && own === undefined)) {
      const text = `nothing bounds the items of ${use.coordinate}`;
      unbounded.push(finding('UNBOUNDED_LIST', text, use.node));
    }
    // Of a page without a bound it is said once, at its argument, and not again at its items.
    const page = own ?? (argument === undefined ? undefined : fixed(1));
    const each = sumOf(context, use.children, isList ? undefined : page, unbounded);
    each.constant += terms.weight ?? (isCompositeType(getNamedType(use.field.type)) ? 1 : 0);
    if (isList && size) {
      if (each.constant > 0 || each.parts.length > 0) total.parts.push({ size, each });
    } else {
      total.constant += each.constant;
      total.parts.push(...each.parts);
    }
  }
  return total;
}

function worst(sum: Sum): number {
  return sum.parts.reduce((total, part) => total + part.size.max * worst(part.each), sum.constant);
}

function evaluate(sum: Sum, values: VariableValues): number {
  let total = sum.constant;
  for (const part of sum.parts) total += part.size.of(values) * evaluate(part.each, values);
  return total;
}
