import type { Scope } from '#libs/entities';
import { AppError } from '#libs/foundation';

/**
 * The requested scopes as the catalogue knows them: each approved for the app and meant for machines.
 * @throws AppError unknown_scope, scope_not_approved
 */
export function machineScopes(
  requested: readonly string[],
  approved: readonly string[],
  available: readonly Scope[],
): Scope[] {
  const byName = new Map(available.map((scope) => [scope.name, scope]));
  return requested.map((name, index) => {
    const scope = byName.get(name);
    if (!scope) throw refused('unknown_scope', index, 'This scope is not in the catalogue.');
    if (!approved.includes(name) || !scope.grantableTo.includes('client_credentials'))
      throw refused('scope_not_approved', index, 'This scope is not approved for machines.');
    return scope;
  });
}

function refused(
  code: 'unknown_scope' | 'scope_not_approved',
  index: number,
  message: string,
): AppError {
  return new AppError(code, {
    detail: 'Ask for approved machine scopes of the app.',
    errors: [{ pointer: `/scopes/${index}`, code, message }],
  });
}
