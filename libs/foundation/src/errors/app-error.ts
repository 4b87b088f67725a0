import { type ErrorCode, errorCodes } from './codes.js';

/** One rule that one member of the request breaks. `pointer` is a JSON Pointer (RFC 6901) into it. */
export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

export interface AppErrorOptions {
  /** Public text: what is wrong and what to do. Never a value of the request, never internals. */
  detail?: string;
  errors?: readonly FieldError[];
  headers?: Readonly<Record<string, string>>;
  /** Further public members of the problem document, e.g. `retry_after`. */
  extensions?: Readonly<Record<string, unknown>>;
  /** Private: logged, never sent. */
  cause?: unknown;
}

/** An expected failure of a resource route, told to the caller as problem+json (RFC 9457). */
export class AppError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ErrorCode,
    options: AppErrorOptions = {},
  ) {
    super(code, { cause: options.cause });
    this.name = 'AppError';
    [this.status, this.title] = errorCodes[code];
    this.detail = options.detail;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }
}
