import { parseIdempotencyKey } from './idempotency-key.js';

describe('parseIdempotencyKey', () => {
  it('reads the quoted form of the draft and the bare form as the same key', () => {
    const key = '8e03978e-40d5-43e8-bc93-6894a57f9324';
    expect(parseIdempotencyKey(`"${key}"`)).toBe(key);
    expect(parseIdempotencyKey(key)).toBe(key);
    expect(parseIdempotencyKey('"a \\"b\\" \\\\"')).toBe('a "b" \\');
  });

  it.each(['', '""', '"open', 'a, b', '"a", "b"', 'a b', 'ü', 'x'.repeat(256)])(
    'refuses %j',
    (header) => {
      expect(() => parseIdempotencyKey(header)).toThrow('invalid_idempotency_key');
    },
  );
});
