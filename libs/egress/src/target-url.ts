import { isIP } from 'node:net';
import { BAD_PORTS } from './bad-ports.js';
import type { EgressPolicy } from './egress-policy.js';

export const MAX_URL_LENGTH = 2048;
const RESERVED_SUFFIXES = ['.local', '.localhost', '.internal', '.home.arpa'];

/** Why a URL is refused; published as `reason` beside `invalid_url`. */
export type UrlRefusal =
  | 'too_long'
  | 'malformed'
  | 'scheme'
  | 'userinfo'
  | 'fragment'
  | 'port'
  | 'ip_literal'
  | 'single_label'
  | 'reserved_name';

export interface TargetUrl {
  /** As the WHATWG parser serialises it: this is what is stored. */
  readonly href: string;
  readonly origin: string;
  readonly secure: boolean;
  /** Name without the root dot, or address without brackets. */
  readonly hostname: string;
  readonly isAddress: boolean;
  readonly port: number;
  /** Path and query, as sent on the request line. */
  readonly path: string;
}

export type ParsedTarget =
  | { readonly ok: true; readonly target: TargetUrl }
  | { readonly ok: false; readonly reason: UrlRefusal };

type Check = readonly [
  reason: UrlRefusal,
  refuses: (target: TargetUrl, url: URL, policy: EgressPolicy) => boolean,
];

/** In the order in which a refusal is reported. All look at the parsed URL, never at the caller's spelling. */
const CHECKS: readonly Check[] = [
  ['too_long', (target) => target.href.length > MAX_URL_LENGTH],
  [
    'scheme',
    (_, url, policy) =>
      url.protocol !== 'https:' && !(policy.allowHttp && url.protocol === 'http:'),
  ],
  ['userinfo', (_, url) => url.username !== '' || url.password !== ''],
  ['fragment', (target) => target.href.includes('#')],
  ['port', (target) => BAD_PORTS.has(target.port)],
  ['ip_literal', (target, _, policy) => target.isAddress && !policy.lists(target.hostname)],
  ['malformed', (target) => !target.isAddress && target.hostname.split('.').includes('')],
  ['single_label', (target) => !target.isAddress && !target.hostname.includes('.')],
  [
    'reserved_name',
    ({ hostname }) => RESERVED_SUFFIXES.some((suffix) => `.${hostname}`.endsWith(suffix)),
  ],
];

/**
 * Reads a URL to which a tenant wants us to send requests. Says nothing about what its name resolves to:
 * that is decided anew for every connection.
 */
export function parseTargetUrl(text: string, policy: EgressPolicy): ParsedTarget {
  if (text.length > MAX_URL_LENGTH) return { ok: false, reason: 'too_long' };
  const url = URL.parse(text);
  if (url === null) return { ok: false, reason: 'malformed' };

  const target = toTarget(url);
  for (const [reason, refuses] of CHECKS) {
    if (refuses(target, url, policy)) return { ok: false, reason };
  }
  return { ok: true, target };
}

function toTarget(url: URL): TargetUrl {
  const hostname = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const secure = url.protocol === 'https:';
  return {
    href: url.href,
    origin: url.origin,
    secure,
    hostname,
    isAddress: isIP(hostname) !== 0,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
  };
}
