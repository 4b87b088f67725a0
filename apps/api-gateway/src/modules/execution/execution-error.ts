/** Codes that a resolver or an upstream may cause; whatever else happens there is INTERNAL. */
export type ExecutionErrorCode =
  'UPSTREAM_ERROR' | 'TIMEOUT' | 'BAD_USER_INPUT' | 'RATE_LIMITED' | 'TEMPORARILY_UNAVAILABLE';

/** Thrown by a resolver whose failure the caller may know by its code. */
export class ExecutionError extends Error {
  constructor(
    readonly code: ExecutionErrorCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
    this.name = 'ExecutionError';
  }
}
