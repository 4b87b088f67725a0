import type { PlatformApp } from '#libs/entities';

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\])(:\d{1,5})?(?=[/?]|$)/;

/**
 * The registered redirect URI that a request means: the very same text (RFC 9700 section 4.1.3). A native app on a
 * loopback address may choose its port (RFC 8252 section 7.3), and nothing else of it.
 * @param requested undefined: the only one registered
 * @returns where to redirect to, or undefined where none matches
 */
export function matchRedirectUri(
  { redirectUris, applicationType }: Pick<PlatformApp, 'redirectUris' | 'applicationType'>,
  requested: string | undefined,
): string | undefined {
  if (requested === undefined) return redirectUris.length === 1 ? redirectUris[0] : undefined;
  if (redirectUris.includes(requested)) return requested;
  if (applicationType !== 'native' || !loopback.test(requested)) return undefined;
  const portless = (uri: string): string => uri.replace(loopback, 'http://$1');
  const registered = redirectUris.find(
    (uri) => loopback.test(uri) && portless(uri) === portless(requested),
  );
  return registered === undefined ? undefined : requested;
}

/** Adds parameters to a redirect URI; what it has already is kept byte for byte (RFC 6749 section 3.1.2). */
export function redirectWith(uri: string, encoded: Readonly<Record<string, string>>): string {
  const query = Object.entries(encoded)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  if (!uri.includes('?')) return `${uri}?${query}`;
  return /[?&]$/.test(uri) ? uri + query : `${uri}&${query}`;
}
