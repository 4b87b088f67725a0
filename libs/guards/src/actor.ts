import type { RequestFacts, Role } from '#libs/foundation';
import type { AccessToken, TokenUse } from './tokens/access-token.js';

/** Who asks: the first argument of every service method of a tenant's routes. */
export interface Actor {
  tenantId: string;
  /** `usr_…`, or the client id of a machine token. */
  subject: string;
  kind: Exclude<TokenUse, 'operator'>;
  clientId: string | undefined;
  scopes: ReadonlySet<string>;
  roles: readonly Role[];
  tokenId: string;
  request: RequestFacts;
}

/** An operator of ours, on the operator listener. */
export interface OperatorActor {
  name: string;
  scopes: ReadonlySet<string>;
  request: RequestFacts;
}

const knownRoles: readonly Role[] = ['owner', 'admin', 'member'];

export function toActor(token: AccessToken, request: RequestFacts): Actor {
  if (token.tenantId === undefined || token.use === 'operator')
    throw new Error('an operator token is no tenant actor');
  return {
    tenantId: token.tenantId,
    subject: token.subject,
    kind: token.use,
    clientId: token.clientId,
    scopes: token.scopes,
    roles: knownRoles.filter((role) => token.roles.includes(role)),
    tokenId: token.tokenId,
    request,
  };
}

export function toOperatorActor(token: AccessToken, request: RequestFacts): OperatorActor {
  return { name: token.subject, scopes: token.scopes, request };
}

/** Whether the actor holds the role or a stronger one. */
export function hasRole(actor: Actor, role: Role): boolean {
  const enough = knownRoles.slice(0, knownRoles.indexOf(role) + 1);
  return actor.roles.some((held) => enough.includes(held));
}
