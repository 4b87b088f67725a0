import { ClientCredentialsGrant } from './client-credentials.grant.js';

/** One line a grant. */
export const grantTypes = [ClientCredentialsGrant];
