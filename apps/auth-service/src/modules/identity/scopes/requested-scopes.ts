import type { Scope } from '#libs/entities';
import { AppError } from '#libs/foundation';

/**
 * Which of the requested scopes are approved at once: those with automatic approval and, where the caller may
 * approve for the tenant, those a tenant's admin approves. The rest waits.
 * @param available the scopes the tenant sees
 * @param pointerOf where the request names a scope
 * @throws AppError unknown_scope, scope_not_approved for scopes no external app can have
 */
export function approveAtOnce(
  requested: readonly string[],
  available: readonly Scope[],
  callerApproves: boolean,
  pointerOf = (name: string) => `/requested_scopes/${requested.indexOf(name)}`,
): string[] {
  const known = assertRequestable(requested, available, pointerOf);
  return known
    .filter(
      ({ approval }) => approval === 'auto' || (approval === 'tenant_admin' && callerApproves),
    )
    .map(({ name }) => name);
}

/** The catalogue's entries for names an external app may ask for. */
export function assertRequestable(
  names: readonly string[],
  available: readonly Scope[],
  pointerOf = (name: string) => `/scopes/${names.indexOf(name)}`,
): Scope[] {
  const byName = new Map(available.map((scope) => [scope.name, scope]));
  return names.map((name) => {
    const scope = byName.get(name);
    if (!scope || scope.deprecated) throw refused('unknown_scope', pointerOf(name));
    // Admin scopes: first-party clients only (RFC 9700 section 2.3, least privilege).
    if (scope.grantableTo.length === 0) throw refused('scope_not_approved', pointerOf(name));
    return scope;
  });
}

function refused(code: 'unknown_scope' | 'scope_not_approved', pointer: string): AppError {
  const message =
    code === 'unknown_scope'
      ? 'This scope is not in the catalogue of your tenant.'
      : 'This scope is for first-party clients only.';
  return new AppError(code, {
    detail: 'Request scopes that GET /v1/platform/scopes lists with a grant.',
    errors: [{ pointer, code, message }],
  });
}
