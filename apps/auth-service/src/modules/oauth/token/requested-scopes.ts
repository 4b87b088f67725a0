import type { Scope, ScopeGrantee, ScopeResource, UserRole } from '#libs/entities';
import { OAuthError } from '#libs/foundation';
import type { Client } from '../../identity/index.js';

/** Asks for refresh tokens; no scope of any resource. */
export const OFFLINE_ACCESS = 'offline_access';

const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/**
 * The names in a `scope` parameter: separated by one space each, case-sensitive (RFC 6749 section 3.3).
 * @throws OAuthError invalid_scope
 */
export function parseScope(text: string): string[] {
  const names = text.split(' ');
  if (!names.every((name) => scopeToken.test(name)))
    throw new OAuthError('invalid_scope', 'Separate the scopes by single spaces.');
  return [...new Set(names)];
}

/** Scopes for first-party apps alone: what they open is an administrator's. */
function isAdminScope({ grantableTo }: Scope): boolean {
  return grantableTo.length === 0;
}

/** Whether people of this role have what the scope opens, and so can lend it to an app. */
export function mayLend(role: UserRole, scope: Scope): boolean {
  return role !== 'member' || !isAdminScope(scope);
}

/**
 * What a client may ask for: approved, published to its tenant, and meant for this kind of grant.
 * @param role of the user who lends it, once that user is known
 */
export function grantableScopes(
  { app, tenant }: Client,
  grantee: ScopeGrantee,
  catalogue: ReadonlyMap<string, Scope>,
  role?: UserRole,
): Map<string, Scope> {
  const grantable = new Map<string, Scope>();
  for (const name of app.approvedScopes) {
    const scope = catalogue.get(name);
    if (!scope || !(scope.publishedTo?.includes(tenant.id) ?? true)) continue;
    if (role !== undefined && !mayLend(role, scope)) continue;
    if (isAdminScope(scope) ? app.firstParty : scope.grantableTo.includes(grantee))
      grantable.set(name, scope);
  }
  return grantable;
}

/**
 * The scopes of one request. Nothing is narrowed in silence: one that cannot be granted fails the request.
 * @param requested undefined: all that can be granted for the resources
 * @throws OAuthError invalid_scope
 */
export function selectScopes(
  requested: readonly string[] | undefined,
  grantable: ReadonlyMap<string, Scope>,
  resources: readonly ScopeResource[] | undefined,
): Scope[] {
  if (requested === undefined) {
    const all = [...grantable.values()].filter((scope) => fits(scope, resources));
    if (all.length === 0)
      throw new OAuthError('invalid_scope', 'The client has no approved scope for this request.');
    return all;
  }
  return requested.map((name) => {
    const scope = grantable.get(name);
    if (!scope || !fits(scope, resources))
      throw new OAuthError('invalid_scope', 'A scope is not approved for this client and grant.');
    return scope;
  });
}

/** Whether the scope means something at one of the resources. */
function fits({ resources }: Scope, asked: readonly ScopeResource[] | undefined): boolean {
  return asked === undefined || resources.some((resource) => asked.includes(resource));
}

/**
 * Of scopes that were granted, those that mean something at the resources of this token (RFC 8707 section 2.2).
 * @throws OAuthError invalid_target where none does
 */
export function scopesFitting(
  scopes: readonly Scope[],
  resources: readonly ScopeResource[] | undefined,
): Scope[] {
  const fitting = scopes.filter((scope) => fits(scope, resources));
  if (fitting.length === 0)
    throw new OAuthError('invalid_target', 'No scope was granted for the resource.');
  return fitting;
}

/**
 * The resources a request names (RFC 8707 section 2).
 * @returns undefined when it names none
 * @throws OAuthError invalid_target
 */
export function requestedResources(
  names: readonly string[],
  urls: Readonly<Record<ScopeResource, string>>,
): ScopeResource[] | undefined {
  if (names.length === 0) return undefined;
  const found = names.map((name) => {
    if (name === urls.auth) return 'auth';
    if (name === urls.api) return 'api';
    throw new OAuthError('invalid_target', 'A resource is not known here.');
  });
  return [...new Set(found)];
}

/** As `requestedResources`, within what was granted before. @throws OAuthError invalid_target */
export function narrowedResources(
  names: readonly string[],
  granted: readonly ScopeResource[] | undefined,
  urls: Readonly<Record<ScopeResource, string>>,
): readonly ScopeResource[] | undefined {
  const requested = requestedResources(names, urls);
  if (!requested) return granted;
  if (granted && !requested.every((resource) => granted.includes(resource)))
    throw new OAuthError('invalid_target', 'A resource was not granted.');
  return requested;
}
