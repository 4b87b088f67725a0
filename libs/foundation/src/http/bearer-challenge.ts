import { AppError, type AppErrorOptions } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';

/** Builds the failures of bearer authentication with their WWW-Authenticate challenge (RFC 6750 section 3). */
export class BearerChallenge {
  /** @param resourceMetadataUrl where RFC 9728 metadata of this resource stands */
  constructor(private readonly resourceMetadataUrl: string) {}

  /** No token was presented: the challenge carries no error code (RFC 6750 section 3.1). */
  missingToken(): AppError {
    return this.error(
      'missing_token',
      { detail: 'Send an access token in the Authorization header.' },
      {},
    );
  }

  invalidToken(
    code: 'invalid_token' | 'token_expired' | 'token_revoked',
    cause?: unknown,
  ): AppError {
    const detail =
      code === 'token_expired'
        ? 'Request a new access token.'
        : 'Request a new access token for this resource.';
    return this.error(code, { detail, cause }, { error: 'invalid_token' });
  }

  insufficientScope(scope: string): AppError {
    const detail = `Request an access token with the scope ${scope}.`;
    return this.error('insufficient_scope', { detail }, { error: 'insufficient_scope', scope });
  }

  /** Two tokens, or one in a place where none is accepted (RFC 6750 section 3.1: invalid_request). */
  ambiguousToken(): AppError {
    const detail = 'Send exactly one access token, in the Authorization header.';
    return this.error('invalid_request', { detail }, { error: 'invalid_request' });
  }

  private error(
    code: ErrorCode,
    options: AppErrorOptions,
    parameters: Readonly<Record<string, string>>,
  ): AppError {
    const all = { realm: 'knogin', ...parameters, resource_metadata: this.resourceMetadataUrl };
    const challenge = Object.entries(all)
      .map(([name, value]) => `${name}="${value}"`)
      .join(', ');
    return new AppError(code, {
      ...options,
      headers: { 'WWW-Authenticate': `Bearer ${challenge}` },
    });
  }
}
