/** Bounds of an approved document and of what a caller may send (spec/graphql.md sections 1 and 2). */
export const OPERATION_LIMITS = {
  maxTextBytes: 16 * 1024,
  maxTokens: 2_000,
  maxDepth: 12,
  maxAliases: 20,
  /** A document that costs more than the default burst of the cost bucket could never run. */
  maxStaticCost: 1_000,
} as const;

export const VARIABLE_LIMITS = { maxBytes: 32 * 1024, maxDepth: 10, maxLeaves: 500 } as const;

/** Applies where a version does not say otherwise. Durations in milliseconds, sizes in bytes. */
export const OPERATION_DEFAULTS = {
  timeoutMs: 5_000,
  maxResponseBytes: 1024 * 1024,
} as const;
