import { z } from 'zod';
import type { AppError } from '../errors/app-error.js';
import { SchemaPipe } from './schema.pipe.js';

const pipe = new SchemaPipe();
const refusal = async (schema: z.ZodType, value: unknown, type: 'body' | 'query' = 'body') =>
  pipe.transform(value, { type, schema } as never).then(
    () => undefined,
    (error: unknown) => error as AppError,
  );

describe('SchemaPipe', () => {
  it('names each fault by its pointer, an unknown member by its own', async () => {
    const schema = z.strictObject({ a: z.object({ 'b/c': z.string() }) });
    const error = await refusal(schema, { a: { 'b/c': 1 }, x: 1 });
    expect(error?.code).toBe('validation_failed');
    expect(error?.errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/a/b~1c', 'invalid_type'],
      ['/x', 'unknown_member'],
    ]);
  });

  it('lets an issue choose the code of the body’s failure', async () => {
    const schema = z.unknown().superRefine((_, context) => {
      context.addIssue({ code: 'custom', params: { errorCode: 'unknown_scope' }, message: 'no' });
    });
    expect((await refusal(schema, {}))?.code).toBe('unknown_scope');
    expect((await refusal(schema, {}, 'query'))?.code).toBe('invalid_parameter');
  });

  it('bears a body that is nested deeper than calls can be, and finds __proto__ in it', async () => {
    const depth = 100_000;
    const body = JSON.parse(
      `${'{"a":'.repeat(depth)}{"__proto__":1}${'}'.repeat(depth)}`,
    ) as unknown;
    const error = await refusal(z.unknown(), body);
    expect(error?.errors?.map(({ pointer }) => pointer)).toEqual([
      `${'/a'.repeat(depth)}/__proto__`,
    ]);
  });
});
