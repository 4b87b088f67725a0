import type { ClientAuthMethod, GrantType } from '#libs/entities';
import { CidrList, OAuthError } from '#libs/foundation';
import type { Client } from '../../identity/index.js';
import type { AuthenticatedClient } from './client-authentication.js';

/** What the policy says of every use of the token endpoint. @throws OAuthError unauthorized_client */
export function assertAllowedByPolicy(client: AuthenticatedClient, ip: string): void {
  const { policy, method } = client;
  const methods: readonly ClientAuthMethod[] | null = policy.allowedAuthMethods;
  if (methods && !methods.includes(method))
    throw new OAuthError('unauthorized_client', 'The authentication method is not allowed.');
  if (policy.allowedCidrs && !new CidrList(policy.allowedCidrs).includes(ip))
    throw new OAuthError('unauthorized_client', 'The address of the caller is not allowed.');
}

/** Whether the app has the grant, and its governance still allows it. */
export function mayUseGrant({ app, policy }: Client, grant: GrantType): boolean {
  return app.grantTypes.includes(grant) && (policy.allowedGrantTypes?.includes(grant) ?? true);
}

/** @throws OAuthError unauthorized_client */
export function assertGrantAllowed(client: Client, grant: GrantType): void {
  if (!mayUseGrant(client, grant))
    throw new OAuthError('unauthorized_client', 'The client may not use this grant.');
}
