import { AppError } from '../errors/app-error.js';
import { countColons, parseStrictJson } from './strict-json.js';

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));

function failureOf(text: string): AppError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseStrictJson', () => {
  it.each([
    '{"a":1,"b":{"a":[{"a":":"}]}}',
    '[]',
    '"a:b"',
    '{"\\":":"\\\\"}',
    '{"a":"\\ud83d\\ude92"}',
  ])('takes %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":{"b":1,"\\u0062":2}}',
    '[{"a":1,"a":2}]',
    '{"__proto__":1,"__proto__":2}',
  ])('refuses a member that stands twice: %s', (text) => {
    expect(failureOf(text)).toMatchObject({
      code: 'malformed_json',
      detail: 'Name each member of an object once.',
    });
  });

  it('names the place of a character that cannot be stored', () => {
    const { code, errors } = failureOf('{"a":["x","\\ud800"],"b/c":{"d":"\\u0000"},"e":"ok"}');
    expect(code).toBe('validation_failed');
    expect(errors?.map(({ pointer }) => pointer)).toEqual(['/a/1', '/b~1c/d']);
  });

  it('refuses nesting that could exhaust the stack as any other body, or reads it', () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    expect(() => parse(deep)).not.toThrow(RangeError);
  });

  it('counts colons outside strings alone', () => {
    expect(countColons('{"a:":"\\\\\\":","b":1}')).toBe(2);
  });
});
