import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { setRequestState } from '../http/request-facts.js';
import { createLogger, type LogLevel } from './logger.js';
import { createRequestLog } from './request-log.js';

describe('createRequestLog', () => {
  const at = Date.UTC(2026, 10, 23, 9, 8, 7, 65);
  const response = { req: { method: 'GET' }, statusCode: 304, writableFinished: true };
  setRequestState(response.req as ServerResponse['req'], {
    id: 'req_1',
    ip: '2001:db8::1',
    userAgent: 'curl',
    startedAtMs: at - 3,
    listener: 'public',
    route: { method: 'GET', path: '/v1/apps/:appId', access: { kind: 'public' } },
  });

  function lines(level: LogLevel): string[] {
    const written: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger({ name: 'test', level, destination });
    createRequestLog(logger)?.(response as unknown as ServerResponse, at);
    logger.info(
      {
        request_id: 'req_1',
        listener: 'public',
        method: 'GET',
        route: '/v1/apps/:appId',
        status: 304,
        aborted: false,
        duration_ms: 3,
        ip: '2001:db8::1',
      },
      'request',
    );
    return written;
  }

  it('writes the line as the logger would', () => {
    const [own = '', ofPino = ''] = lines('info');
    const time = /"time":"[^"]+"/;
    expect(own).toContain('"time":"2026-11-23T09:08:07.065Z"');
    expect(own.replace(time, '')).toBe(ofPino.replace(time, ''));
  });

  it('writes nothing where the level leaves it out', () => {
    expect(lines('warn')).toEqual([]);
  });
});
