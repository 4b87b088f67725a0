import { AppError, type FieldError } from '#libs/foundation';
import type { BundleFindings } from '#libs/operations';

/** A bundle that the approval gate refuses, as the answer of a route: every finding with its operation. */
export function gateFailure(findings: BundleFindings): AppError {
  const errors = Object.entries(findings).flatMap(([operation, list]) =>
    list.map(({ code, message }): FieldError => ({
      pointer: operation === '*' ? '/documents' : `/documents/${operation}`,
      code: code.toLowerCase(),
      message,
    })),
  );
  const names = Object.entries(findings).map(
    ([operation, list]) => `${operation}: ${list.map(({ message }) => message).join('; ')}`,
  );
  return new AppError('validation_failed', {
    detail: `The approval gate refuses the bundle. ${names.join(' | ')}`.slice(0, 2_000),
    errors,
  });
}
