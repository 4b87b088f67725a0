import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.js';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';
import type { Ids } from '../ids/ids.js';
import type { Logger } from '../logging/logger.js';
import { commonHeaders } from './common-headers.js';
import { requestFacts } from './request-facts.js';
import { problemOf } from './send-problem.js';

export interface ClientErrorOptions {
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Those under way. */
  responses: ReadonlySet<ServerResponse>;
}

type ClientErrorListener = (error: NodeJS.ErrnoException, socket: Duplex) => void;

/** What is not malformed, by Node's name for it. */
const codes: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/**
 * Answers what Node's parser and timers refuse, as Node does but in our shape, and ends the connection: nobody knows
 * where its next request begins.
 */
export function createClientErrorListener(options: ClientErrorOptions): ClientErrorListener {
  const { clock, ids, logger, responses } = options;
  return ({ code = '' }, socket) => {
    const pending = [...responses].find((response) => response.socket === socket);
    if (code === 'ECONNRESET' || !socket.writable || pending?.headersSent) {
      socket.destroy();
      return;
    }
    if (pending?.req.complete) {
      // The fault lies behind a whole request: the answer is that one's, and the last.
      pending.shouldKeepAlive = false;
      return;
    }
    const id = pending ? requestFacts(pending.req).id : ids.create('req', clock.now());
    logger.info({ request_id: id, reason: code }, 'request.refused');
    socket.write(toBytes(new AppError(codes[code] ?? 'invalid_request'), id, clock.date()));
    socket.destroy();
  };
}

/** A whole answer, for a socket that has no `ServerResponse`. */
function toBytes(error: AppError, id: string, date: Date): string {
  const body = JSON.stringify(problemOf(error, id));
  const headers = commonHeaders(id, [
    ...['Cache-Control', 'no-store'],
    ...['Content-Type', 'application/problem+json'],
    ...['Content-Length', String(Buffer.byteLength(body))],
    ...['Date', date.toUTCString()],
    ...['Connection', 'close'],
  ]);
  let head = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n`;
  for (let at = 0; at < headers.length; at += 2)
    head += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
  return `${head}\r\n${body}`;
}
