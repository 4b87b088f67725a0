import { z } from 'zod';
import './schema-messages.js';

describe('messages of schemas', () => {
  const messageOf = (schema: z.ZodType, value: unknown): string | undefined =>
    schema.safeParse(value).error?.issues[0]?.message;

  it.each<[z.ZodType, unknown, string]>([
    [z.object({ name: z.string() }), {}, 'It is missing: give a string.'],
    [z.string(), 7, 'Give a string.'],
    [z.array(z.string()), 'a', 'Give a list.'],
    [z.boolean(), 'false', 'Give true or false.'],
    [z.number().int(), 1.5, 'Give a whole number.'],
    [z.strictObject({}), [], 'Give an object.'],
    [z.enum(['RS256', 'ES256']), 'none', 'Give one of "RS256", "ES256".'],
    [z.literal('code'), 'token', 'Give "code".'],
    [z.string().min(12), 'short', 'Give at least 12 characters.'],
    [z.string().max(3), 'long', 'Give at most 3 characters.'],
    [z.array(z.string()).min(1), [], 'Give at least 1 entry.'],
    [z.number().min(60), 1, 'Give a number of at least 60.'],
    [z.number().lt(60), 60, 'Give a number of less than 60.'],
    [z.iso.datetime(), 'today', 'Give a time like 2026-03-23T12:00:00Z (RFC 3339).'],
    [z.email(), 'nobody', 'Give an e-mail address.'],
    [z.string().regex(/^[a-z]+$/), 'A', 'Give text that matches /^[a-z]+$/.'],
    [z.number().multipleOf(5), 7, 'Give a multiple of 5.'],
  ])('say what to do (%#)', (schema, value, expected) => {
    expect(messageOf(schema, value)).toBe(expected);
  });

  it('leave a message of the schema’s own as it is', () => {
    expect(messageOf(z.string().min(1, 'Name the app.'), '')).toBe('Name the app.');
  });

  it('never repeat the value, which may be a secret', () => {
    for (const schema of [z.number(), z.enum(['a']), z.string().max(3), z.email()])
      expect(messageOf(schema, 'kng_secret')).not.toContain('kng_secret');
  });
});
