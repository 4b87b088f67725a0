import { isIPv6 } from 'node:net';

/** What a receiver did to the exchange, as published with an attempt. The rest of the classes follow from the status. */
export type EgressErrorClass =
  | 'dns_error'
  | 'blocked_destination'
  | 'connect_timeout'
  | 'connection_refused'
  | 'connection_reset'
  | 'tls_error'
  | 'timeout'
  | 'response_too_large';

/** The exchange failed on the receiver's side. `code` is the runtime's own word for it: for logs, never for tenants. */
export class EgressFault extends Error {
  constructor(
    readonly errorClass: EgressErrorClass,
    readonly code: string,
  ) {
    super(`${errorClass} (${code})`);
  }
}

const CLASS_BY_CODE: Readonly<Record<string, EgressErrorClass>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EHOSTDOWN: 'connection_refused',
  EACCES: 'connection_refused',
  EPERM: 'connection_refused',
  UND_ERR_HEADERS_OVERFLOW: 'response_too_large',
};

/** A host with IPv6 alone, for a machine that has no address of that kind; with IPv4 it is ports that ran out. */
const UNREACHABLE = 'connection_refused';

/** Not the receiver's doing: no descriptors, ports or memory left, a request undici refuses. Its assertions are about what it reads, a status below 100 for one. */
const OUR_OWN = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** The fault behind an error of socket, TLS or HTTP parser; null if the failure is ours and must be thrown. */
export function toFault(error: unknown): EgressFault | null {
  if (error instanceof EgressFault) return error;
  const code = codeOf(error);
  if (code === 'EADDRNOTAVAIL' && isIPv6(peerOf(error))) return new EgressFault(UNREACHABLE, code);
  if (code === null || OUR_OWN.has(code)) return null;
  return new EgressFault(CLASS_BY_CODE[code] ?? classOf(code), code);
}

/** As `toFault`, for errors before the connection stands. `tls` once the TCP connection does. */
export function toConnectFault(error: unknown, phase: 'tcp' | 'tls'): EgressFault | null {
  // OpenSSL's errors have a code only where OpenSSL knows a reason.
  if (phase === 'tls' && codeOf(error) === null) return new EgressFault('tls_error', 'UNKNOWN');
  const fault = toFault(error);
  if (fault === null || fault === error) return fault;
  if (fault.code === 'ETIMEDOUT') return new EgressFault('connect_timeout', fault.code);
  const isSocketError = fault.code === 'ECONNRESET' || fault.code === 'EPIPE';
  return phase === 'tls' && !isSocketError ? new EgressFault('tls_error', fault.code) : fault;
}

/** Malformed HTTP counts as a broken connection: nothing after it can be trusted. */
function classOf(code: string): EgressErrorClass {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')
    ? 'tls_error'
    : 'connection_reset';
}

/** The address that a socket was to be connected to; empty where the error names none. */
function peerOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'address' in error;
  return named && typeof error.address === 'string' ? error.address : '';
}

/** The runtime's code of an error, such as ECONNRESET. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Undici looks its parser's codes up by the wrong key and finds none.
  return 'name' in error && error.name === 'HTTPParserError' ? 'HTTP_PARSER' : null;
}
