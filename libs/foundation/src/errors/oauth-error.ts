/** Codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 7009 section 2.2.1 and RFC 8707 section 2. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'server_error'
  | 'temporarily_unavailable';

export interface OAuthErrorOptions {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** Private: logged, never sent. */
  cause?: unknown;
}

/** A failure of `/v1/oauth/*` in the shape of RFC 6749 section 5.2. `description` is public ASCII text. */
export class OAuthError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: OAuthErrorCode,
    readonly description: string,
    options: OAuthErrorOptions = {},
  ) {
    super(`${code}: ${description}`, { cause: options.cause });
    this.name = 'OAuthError';
    this.status = options.status ?? (code === 'invalid_client' ? 401 : 400);
    this.headers = options.headers ?? {};
  }
}
