import { AuthorizationCodeGrant } from './authorization-code.grant.js';
import { ClientCredentialsGrant } from './client-credentials.grant.js';
import { RefreshTokenGrant } from './refresh-token.grant.js';

/** One line a grant. */
export const grantTypes = [AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant];
