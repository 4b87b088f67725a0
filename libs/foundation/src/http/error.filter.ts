import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
} from '@nestjs/common';
import { CommitUnknown, isDatabaseAway } from '../database/unavailable.js';
import { AppError } from '../errors/app-error.js';
import { OAuthError } from '../errors/oauth-error.js';
import { LOGGER, type Logger } from '../logging/logger.js';
import { requestFacts } from './request-facts.js';
import { sendOAuthError, sendProblem } from './send-problem.js';

/** The one place that turns an exception of a route into an answer. What is not expected is logged and told as 500. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<IncomingMessage>();
    const response = host.switchToHttp().getResponse<ServerResponse>();
    answerError(this.logger, request, response, error);
  }
}

/** Shared with the hot routes, which no filter of Nest's sees. */
export function answerError(
  logger: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  const error = toExpected(thrown);
  if (error instanceof OAuthError) {
    if (error.status >= 500)
      logger.error({ err: error, request_id: requestFacts(request).id }, 'request failed');
    return sendOAuthError(request, response, error);
  }
  const isOAuth = (request.url ?? '').startsWith('/v1/oauth/');
  if (error instanceof AppError && error.status < 500) {
    if (!isOAuth || error.code === 'not_found') return sendProblem(request, response, error);
    return sendOAuthError(request, response, toOAuthError(error));
  }
  logger.error({ err: error, request_id: requestFacts(request).id }, 'request failed');
  if (isOAuth) {
    return sendOAuthError(request, response, toOAuthServerError(error));
  }
  return sendProblem(request, response, toServerError(error));
}

/** Failures of the database that have a meaning for the caller. */
function toExpected(thrown: unknown): unknown {
  if (isUnstorable(thrown)) return unstorable(thrown);
  if (!isDatabaseAway(thrown)) return thrown;
  return new AppError('temporarily_unavailable', {
    detail:
      thrown instanceof CommitUnknown
        ? 'Whether the request had its effect is not known: look before you repeat it.'
        : 'Try again later.',
    headers: { 'Retry-After': '5' },
    cause: thrown,
  });
}

/** 503 where it is a matter of time (RFC 7009 section 2.2.1), else 500. */
function toOAuthServerError(error: unknown): OAuthError {
  if (!(error instanceof AppError) || error.status !== 503)
    return new OAuthError('server_error', 'Try again later.', { status: 500 });
  const { status, headers } = error;
  return new OAuthError('temporarily_unavailable', 'Try again later.', { status, headers });
}

/** PostgreSQL's codes for text it cannot hold: character_not_in_repertoire, untranslatable_character. */
const unstorableCodes: readonly unknown[] = ['22021', '22P05'];

/** Whether a statement failed for a character of the request alone, whichever member it stood in. */
function isUnstorable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = ('driverError' in error ? error.driverError : error) as {
    code?: unknown;
    message?: string;
  };
  if (unstorableCodes.includes(code)) return true;
  // Half of a surrogate pair in a JSON column, which has the code of every malformed value.
  return code === '22P02' && message === 'invalid input syntax for type json';
}

function unstorable(cause: unknown): AppError {
  return new AppError('invalid_request', {
    detail: 'Remove the character U+0000 and unpaired surrogates.',
    cause,
  });
}

/** A rule of the kernel (method, size, media type), told in the shape of RFC 6749. */
function toOAuthError({ status, title, detail, headers }: AppError): OAuthError {
  return new OAuthError('invalid_request', detail ?? title, { status, headers });
}

function toServerError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HttpException && error.getStatus() === 404) return new AppError('not_found');
  return new AppError('internal', { cause: error });
}
