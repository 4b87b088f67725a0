import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLogger } from '../logging/logger.js';
import { answerError } from './error.filter.js';
import { setRequestState } from './request-facts.js';

describe('answerError', () => {
  function answerTo(error: unknown): { status: number; body: unknown } {
    const request = { url: '/v1/webhooks', headers: {}, complete: true } as IncomingMessage;
    setRequestState(request, {
      id: 'req_1',
      ip: '',
      userAgent: '',
      startedAtMs: 0,
      listener: 'public',
      route: undefined,
    });
    let text = '';
    const response = {
      statusCode: 0,
      setHeader: () => undefined,
      end: (bytes: Buffer) => (text = bytes.toString()),
    };
    const logger = createLogger({ name: 'test', level: 'silent' });
    answerError(logger, request, response as unknown as ServerResponse, error);
    return { status: response.statusCode, body: JSON.parse(text) as unknown };
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

  it('tells nothing of any other failure', () => {
    const { status, body } = answerTo(failure('22P02'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});
