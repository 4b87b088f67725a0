import { AppError, isDatabaseAway, OAuthError } from '#libs/foundation';
import { PageError } from '../../accounts/index.js';

/**
 * A failure of ours as the client is told of it (RFC 6749 section 4.1.2.1), with its cause for the log.
 * @returns undefined where the client is told nothing: the browser holds a request that is over
 */
export function failureOf(error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error;
  if (error instanceof PageError)
    return error.status === 429 ? temporary('Too many requests.') : undefined;
  if (isDatabaseAway(error) || (error instanceof AppError && error.status === 503))
    return temporary('Try again later.', error);
  return new OAuthError('server_error', 'Try again later.', { cause: error });
}

function temporary(description: string, cause?: unknown): OAuthError {
  return new OAuthError('temporarily_unavailable', description, { cause });
}
