import { AppError, type FieldError } from '#libs/foundation';
import type { BundleFindings, Finding } from '#libs/operations';

/** A bundle that the approval gate refuses, as the answer of a route: every finding with its place. */
export function gateFailure(findings: BundleFindings): AppError {
  const errors = Object.entries(findings).flatMap(([operation, list]) =>
    list.map((finding): FieldError => ({
      pointer: pointerTo(operation, finding),
      code: finding.code.toLowerCase(),
      message: messageOf(finding),
    })),
  );
  const detail = `The approval gate refuses the bundle: ${errors.length} finding${errors.length === 1 ? '' : 's'}.`;
  return new AppError('validation_failed', { detail, errors });
}

/** Into the body of `POST /v1/bundles` (RFC 6901). */
function pointerTo(operation: string, { member }: Finding): string {
  if (operation === '*') return '/documents';
  const tokens = member
    ? ['manifest', 'operations', operation, ...member]
    : ['documents', operation];
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function messageOf({ message, position }: Finding): string {
  return position ? `line ${position.line}, column ${position.column}: ${message}` : message;
}
