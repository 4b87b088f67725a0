import type { ServerResponse } from 'node:http';
import { type DestinationStream, symbols } from 'pino';
import type { Clock } from '../clock.js';
import { requestState } from '../http/request-facts.js';
import type { Logger } from './logger.js';

/**
 * Writes one canonical line a request. The route pattern, never the URL: a query string may carry what must not be
 * logged. The line is put together here and not by pino, which walks an object of it twice: 3 µs a request instead
 * of 12. No value of it can hold a character that JSON escapes.
 * @returns undefined where the level of the logger leaves it out
 */
export function createRequestLog(
  logger: Logger,
  clock: Clock,
): ((response: ServerResponse) => void) | undefined {
  if (!logger.isLevelEnabled('info')) return undefined;
  const { [symbols.streamSym]: stream, [symbols.chindingsSym]: bindings } = logger as unknown as {
    [symbols.streamSym]: DestinationStream;
    [symbols.chindingsSym]: string;
  };
  return (response) => {
    const { id, listener, route, startedAtMs, ip } = requestState(response.req);
    const now = clock.now();
    stream.write(
      `{"level":"info","time":"${isoTime(now)}"${bindings},"request_id":"${id}","listener":"${listener}","method":"${response.req.method ?? ''}","route":"${route?.path ?? 'unknown'}","status":${response.statusCode},"aborted":${!response.writableFinished},"duration_ms":${now - startedAtMs},"ip":"${ip}","msg":"request"}\n`,
    );
  };
}

let second = Number.NaN;
let secondText = '';

/** RFC 3339 in UTC with milliseconds; all but the milliseconds is made once a second. */
function isoTime(ms: number): string {
  const rest = ms % 1000;
  if (ms - rest !== second) {
    second = ms - rest;
    secondText = new Date(second).toISOString().slice(0, 20);
  }
  return `${secondText}${rest < 100 ? (rest < 10 ? '00' : '0') : ''}${rest}Z`;
}
