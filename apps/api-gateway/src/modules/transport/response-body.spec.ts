import type { ExecutionFailure } from '../execution/index.js';
import { describeFailure } from './describe-failure.js';
import { responseBody } from './response-body.js';

const terms = { requestId: 'req_1', maxResponseBytes: 1_000 };
const failure = (code: ExecutionFailure['code'], path?: string[]): ExecutionFailure => ({
  code,
  path,
  cause: new Error('connect ECONNREFUSED 10.0.0.5:5432 user=admin'),
});

describe('responseBody', () => {
  it('is data alone where nothing failed', () => {
    expect(responseBody({ data: { a: 1 }, failures: [] }, terms)).toEqual({
      status: 200,
      code: undefined,
      text: '{"data":{"a":1}}',
    });
  });

  it('[G20][G21] keeps code and path of an error and nothing of its cause', () => {
    const { status, text } = responseBody(
      { data: { a: null, b: 1 }, failures: [failure('UPSTREAM_ERROR', ['a'])] },
      terms,
    );
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: 'A system behind the gateway failed.',
          path: ['a'],
          extensions: { code: 'UPSTREAM_ERROR', request_id: 'req_1' },
        },
      ],
      data: { a: null, b: 1 },
    });
  });

  it.each([
    ['INTERNAL', 500],
    ['UPSTREAM_ERROR', 502],
    ['TIMEOUT', 504],
    ['BAD_USER_INPUT', 400],
    ['RATE_LIMITED', 429],
  ] as const)('answers %s with %i where no root field has a value', (code, expected) => {
    for (const data of [null, undefined, { a: null }]) {
      const { status, text } = responseBody({ data, failures: [failure(code, ['a'])] }, terms);
      expect(status).toBe(expected);
      expect(JSON.parse(text)).toMatchObject({ data: null });
    }
  });

  it('tells at most ten errors', () => {
    const failures = Array.from({ length: 25 }, () => failure('INTERNAL', ['a']));
    const { text } = responseBody(
      { data: { a: null, b: 1 }, failures },
      { ...terms, maxResponseBytes: 1e6 },
    );
    expect((JSON.parse(text) as { errors: unknown[] }).errors).toHaveLength(10);
  });

  it('refuses what is larger than the operation allows, counted in bytes', () => {
    const text = 'ä'.repeat(495);
    const fits = responseBody(
      { data: { a: text }, failures: [] },
      { ...terms, maxResponseBytes: 1_008 },
    );
    expect(fits.status).toBe(200);
    const tooLarge = responseBody({ data: { a: text }, failures: [] }, terms);
    expect(tooLarge).toMatchObject({ status: 500, code: 'RESPONSE_TOO_LARGE' });
    expect(tooLarge.text).not.toContain('ä');
  });
});

describe('describeFailure', () => {
  it('[G4][G21] tells the log where an error came from, and not its message', () => {
    const error = Object.assign(new Error('value whsec_SUPERSECRET is wrong\n    at secret'), {
      code: '22P02',
    });
    const line = JSON.stringify(describeFailure(error));
    expect(line).toContain('22P02');
    expect(line).toContain('response-body.spec');
    expect(line).not.toContain('SUPERSECRET');
    expect(describeFailure('text')).toEqual({ error: 'string' });
  });
});
