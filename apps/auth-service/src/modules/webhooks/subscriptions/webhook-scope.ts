import { type Actor, hasRole } from '#libs/guards';

/**
 * Which webhooks a caller sees: a tenant admin those of the tenant, an app's token those of its app.
 * @returns the app's id, or null for all of the tenant
 */
export function visibleApp(actor: Actor): string | null {
  const isAdmin = (actor.kind === 'user' || actor.kind === 'principal') && hasRole(actor, 'admin');
  return isAdmin ? null : (actor.clientId ?? actor.subject);
}
