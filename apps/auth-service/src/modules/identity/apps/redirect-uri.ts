import type { ApplicationType } from '#libs/entities';
import type { EffectivePolicy } from '../governance/effective-policy.js';

export interface RedirectUriRules {
  applicationType: ApplicationType;
  policy: Pick<EffectivePolicy, 'allowedRedirectHosts' | 'allowLoopbackRedirects'>;
}

export const longestRedirectUri = 2_048;
const loopbackHosts = ['127.0.0.1', '[::1]'];
/** Of RFC 6749 section 4.1.2, RFC 9207 and what other flows answer with: a client would read the wrong one. */
const responseParameters = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'response',
  'access_token',
  'id_token',
  'session_state',
];
const neverSchemes = ['javascript', 'data', 'file', 'vbscript', 'blob', 'about', 'filesystem'];

/**
 * Why a redirect URI may not be registered or used, or undefined where it may. The text is judged as it was sent
 * (RFC 9700 section 4.1.3: exact match later), so every spelling that a parser would normalise away is refused.
 * @returns public text that echoes nothing of the URI
 */
export function redirectUriProblem(uri: string, rules: RedirectUriRules): string | undefined {
  if (uri.length > longestRedirectUri) return `Use at most ${longestRedirectUri} characters.`;
  // RFC 3986 section 2: what is not printable ASCII must be percent-encoded; the rest is no URI character.
  if (!/^[\x21-\x7e]+$/.test(uri) || /["<>\\^`{|}]/.test(uri))
    return 'Use URI characters only: no space, control character, backslash or non-ASCII letter.';
  if (/%(?![0-9A-Fa-f]{2})/.test(uri)) return 'Write % as %25.';
  if (uri.includes('#')) return 'Remove the fragment (RFC 6749 section 3.1.2).';
  if (uri.includes('*')) return 'Wildcards are not supported: register each URI.';
  const [, scheme, rest] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/.exec(uri) ?? [];
  if (scheme === undefined || rest === undefined || !URL.canParse(uri))
    return 'Give an absolute URI.';
  const name = scheme.toLowerCase();
  if (neverSchemes.includes(name)) return 'This scheme can run or read content in the browser.';
  const query = new URLSearchParams(uri.split('?').slice(1).join('?'));
  const taken = responseParameters.find((parameter) => query.has(parameter));
  if (taken !== undefined) return `Remove ${taken} from the query: the answer is told by it.`;
  const path = (rest.split('?', 1)[0] ?? '').replace(/^\/\/[^/]*/, '');
  if (/%(2e|2f|5c)/i.test(path) || path.split('/').some((part) => part === '.' || part === '..'))
    return 'Remove dot segments and encoded slashes or dots from the path.';
  const authority = /^\/\/([^/?]*)/.exec(rest)?.[1];
  if (authority?.includes('@')) return 'Remove the user name and password.';
  if (name === 'https' || name === 'http') return webProblem(name, authority, uri, rules);
  return privateUseProblem(name, rules);
}

function webProblem(
  scheme: 'http' | 'https',
  authority: string | undefined,
  uri: string,
  { applicationType, policy }: RedirectUriRules,
): string | undefined {
  const { hostname } = new URL(uri);
  const written = (authority ?? '').replace(/:\d*$/, '').toLowerCase();
  if (written === '' || written !== hostname) return 'Write the host in its usual form.';
  const loopback = loopbackHosts.includes(hostname);
  if (scheme === 'http' && !(loopback && applicationType === 'native'))
    return 'Use https; http is for 127.0.0.1 and [::1] of native apps only.';
  if (scheme === 'http')
    return policy.allowLoopbackRedirects
      ? undefined
      : 'Loopback redirects are off: register the app with another redirect URI, set allow_loopback_redirects in its governance, then add this one with PATCH.';
  return hostProblem(hostname, policy);
}

function hostProblem(
  hostname: string,
  { allowedRedirectHosts }: RedirectUriRules['policy'],
): string | undefined {
  if (allowedRedirectHosts === null || allowedRedirectHosts.includes(hostname)) return undefined;
  return 'The host is not one of allowed_redirect_hosts.';
}

/** RFC 8252 section 7.1: a reversed domain name, so that no two apps claim one scheme by accident. */
function privateUseProblem(
  scheme: string,
  { applicationType, policy }: RedirectUriRules,
): string | undefined {
  if (applicationType !== 'native') return 'Use https; other schemes are for native apps only.';
  if (!scheme.includes('.')) return 'A private-use scheme is a reversed domain name (RFC 8252).';
  // It has no host, so a list of hosts does not allow it.
  return policy.allowedRedirectHosts === null
    ? undefined
    : 'The host is not one of allowed_redirect_hosts.';
}
