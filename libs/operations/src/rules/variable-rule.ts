import { z } from 'zod';

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== '';
  } catch {
    return false;
  }
}

/**
 * What an approved operation lets a caller send at one variable path: `first`, `input.title`, `input.labels`,
 * `input.labels[]`. Lengths are in characters, `maxLength` of anything but a string in characters of its JSON.
 */
export const variableRuleSchema = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  maxLength: z.int().positive().max(16_384).optional(),
  maxItems: z.int().positive().max(500).optional(),
  pattern: z.string().max(500).refine(isPattern, 'is no regular expression').optional(),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .max(500)
    .optional(),
  maxDepth: z.int().positive().max(10).optional(),
  /** The input field cannot be set, and a caller cannot tell it from one that does not exist. */
  forbid: z.literal(true).optional(),
  /** Never in a log, a sample or an idempotency record. */
  sensitive: z.boolean().optional(),
});

export type VariableRule = z.infer<typeof variableRuleSchema>;

export const variableRulesSchema = z.record(z.string().min(1).max(200), variableRuleSchema);

export type VariableRules = z.infer<typeof variableRulesSchema>;

/** Why a variable was refused. With the path, this is all a caller learns. */
export type RuleId =
  | 'type'
  | 'required'
  | 'min'
  | 'max'
  | 'maxLength'
  | 'maxItems'
  | 'pattern'
  | 'enum'
  | 'maxDepth'
  | 'forbid'
  | 'unknownVariable'
  | 'limits'
  /** It is no `endCursor` of a page. */
  | 'cursor'
  /** It would leave its place in the path of an upstream's request. */
  | 'pathSegment';

export interface RuleFailure {
  /** The declared path, or null where the caller named a variable that does not exist. */
  variable: string | null;
  rule: RuleId;
}
