import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLogger } from '../logging/logger.js';
import { answerError } from './error.filter.js';
import { setRequestState } from './request-facts.js';

describe('answerError', () => {
  function answerTo(
    error: unknown,
    url = '/v1/webhooks',
  ): { status: number; headers: Record<string, unknown>; body: unknown } {
    const request = { url, headers: {}, complete: true } as IncomingMessage;
    setRequestState(request, {
      id: 'req_1',
      ip: '',
      userAgent: '',
      startedAtMs: 0,
      listener: 'public',
      route: undefined,
    });
    let text = '';
    const headers: Record<string, unknown> = {};
    const response = {
      statusCode: 0,
      setHeader: (name: string, value: unknown) => (headers[name] = value),
      end: (bytes: Buffer) => (text = bytes.toString()),
    };
    const logger = createLogger({ name: 'test', level: 'silent' });
    answerError(logger, request, response as unknown as ServerResponse, error);
    return { status: response.statusCode, headers, body: JSON.parse(text) as unknown };
  }
  const failure = (code: string, message = 'secret'): Error =>
    Object.assign(new Error(message), { code });

  it('tells of a character that PostgreSQL cannot hold as of a mistake of the request', () => {
    for (const error of [
      failure('22021'),
      Object.assign(new Error('typeorm'), { driverError: failure('22P05') }),
      failure('22P02', 'invalid input syntax for type json'),
    ])
      expect(answerTo(error)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('tells of a database that is away as of a matter of time', () => {
    for (const error of [
      failure('ECONNREFUSED'),
      failure('57P01'),
      failure('53300'),
      Object.assign(new Error('typeorm'), { driverError: failure('57P03') }),
      new Error('Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
    ]) {
      const answers = [answerTo(error), answerTo(error, '/v1/oauth/revoke')];
      expect(answers).toMatchObject([
        { status: 503, headers: { 'Retry-After': '5' }, body: { code: 'temporarily_unavailable' } },
        {
          status: 503,
          headers: { 'Retry-After': '5', 'Cache-Control': 'no-store' },
          body: { error: 'temporarily_unavailable' },
        },
      ]);
      expect(JSON.stringify(answers)).not.toMatch(/secret|terminated|timeout/);
    }
  });

  it('tells nothing of any other failure', () => {
    const { status, body } = answerTo(failure('22P02'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});
