import type { EgressErrorClass } from '#libs/egress';

/** Why an attempt did not succeed, as published with it. */
export type AttemptErrorClass =
  EgressErrorClass | 'redirect' | 'http_4xx' | 'http_5xx' | 'interrupted';

/** Fixed, so that no text tells an outsider what our network looks like from within. */
export const ATTEMPT_ERROR_MESSAGES: Readonly<Record<AttemptErrorClass, string>> = {
  dns_error: 'The host name could not be resolved.',
  blocked_destination: 'The destination is not allowed.',
  connect_timeout: 'No connection could be made in time.',
  connection_refused: 'The connection was refused, or the host could not be reached.',
  connection_reset: 'The connection ended before a complete response had arrived.',
  tls_error: 'No trusted TLS connection could be made.',
  timeout: 'No complete response arrived in time.',
  response_too_large: 'The response was larger than allowed.',
  redirect: 'The receiver answered with a redirect; redirects are not followed.',
  http_4xx: 'The receiver answered with a 4xx status.',
  http_5xx: 'The receiver answered with a 5xx status.',
  interrupted: 'The attempt was interrupted on our side; whether it arrived is unknown.',
};
