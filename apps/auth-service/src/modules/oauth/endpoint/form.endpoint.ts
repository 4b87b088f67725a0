import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  answerError,
  type FormParameters,
  type HotRoute,
  type Logger,
  readForm,
} from '#libs/foundation';

/** An OAuth endpoint that takes a form: reads it, and answers every failure in the shape of RFC 6749. */
export function formEndpoint(
  logger: Logger,
  answer: (
    form: FormParameters,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>,
): HotRoute {
  return async (request, response) => {
    try {
      await answer(await readForm(request), request, response);
    } catch (error) {
      answerError(logger, request, response, error);
    }
  };
}

/** 200 with JSON that nobody may keep (RFC 6749 section 5.1). */
export function sendOAuthJson(response: ServerResponse, body: unknown): void {
  // A string goes out in one write with the headers; a buffer takes a second one.
  const text = JSON.stringify(body);
  response.statusCode = 200;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Pragma', 'no-cache');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
