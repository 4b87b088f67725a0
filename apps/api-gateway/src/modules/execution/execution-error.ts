import type { RuleFailure } from '#libs/operations';

/** Codes that a resolver or an upstream may cause; whatever else happens there is INTERNAL. */
export type ExecutionErrorCode =
  'UPSTREAM_ERROR' | 'TIMEOUT' | 'BAD_USER_INPUT' | 'RATE_LIMITED' | 'TEMPORARILY_UNAVAILABLE';

/** Thrown by a resolver whose failure the caller may know by its code. */
export class ExecutionError extends Error {
  /** Of BAD_USER_INPUT: the variable and the rule that it breaks. */
  readonly input: RuleFailure | undefined;

  constructor(
    readonly code: ExecutionErrorCode,
    { input, ...options }: ErrorOptions & { input?: RuleFailure } = {},
  ) {
    super(code, options);
    this.name = 'ExecutionError';
    this.input = input;
  }
}
