import type { Scope, ScopeResource } from '#libs/entities';
import type { Client } from '../../identity/index.js';
import { OFFLINE_ACCESS } from '../token/requested-scopes.js';
import type { AuthorizeParameters } from './authorize-parameters.js';

/** Before anything is proved. */
export interface UntrustedRequest {
  parameters: AuthorizeParameters;
}

/** The client is known and the redirect URI is its own: errors may be redirected from here on. */
export interface TrustedRequest extends UntrustedRequest {
  client: Client;
  redirectUri: string;
  prompts: ReadonlySet<string>;
}

/** Every check has passed; what is left is who the user is and whether they agree. */
export interface AuthorizeRequest extends TrustedRequest {
  scopes: readonly Scope[];
  /** The user is to be asked for access that outlasts the visit. */
  offline: boolean;
  resources: readonly ScopeResource[] | undefined;
  codeChallenge: string | undefined;
  maxAgeSeconds: number | undefined;
}

/** What the user is asked to agree to, by name. */
export function scopesToConsent({ scopes, offline }: AuthorizeRequest): string[] {
  const names = scopes.map(({ name }) => name);
  return offline ? [...names, OFFLINE_ACCESS] : names;
}
