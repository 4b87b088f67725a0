import { PageError } from '../../../accounts/index.js';
import { type ClientLookup, redirectUriProblem } from '../../../identity/index.js';
import type { AuthorizeParameters } from '../authorize-parameters.js';
import type { TrustedRequest } from '../authorize-request.js';
import { matchRedirectUri } from '../redirect-uri.js';

const untrusted = (reason: string): PageError => new PageError(400, 'errorClient', { reason });

/**
 * What must hold before anything is redirected (RFC 9700 section 4.11.2): one known client, one registered
 * redirect URI that its governance still allows.
 * @throws PageError: nothing is redirected to an address that nobody has registered
 */
export async function establishTrust(
  parameters: AuthorizeParameters,
  clients: ClientLookup,
): Promise<TrustedRequest> {
  if (parameters.isRepeated('client_id') || parameters.isRepeated('redirect_uri'))
    throw untrusted('client_id or redirect_uri was sent twice.');
  const client = await clients.find(parameters.get('client_id') ?? '');
  if (!client) throw untrusted('The client is not known.');
  const redirectUri = matchRedirectUri(client.app, parameters.get('redirect_uri'));
  if (redirectUri === undefined) throw untrusted('The redirect URI is not registered.');
  const rules = { applicationType: client.app.applicationType, policy: client.policy };
  if (redirectUriProblem(redirectUri, rules) !== undefined)
    throw untrusted('The redirect URI is not allowed any more.');
  const prompts = new Set(parameters.get('prompt')?.split(' '));
  return { parameters, client, redirectUri, prompts };
}
