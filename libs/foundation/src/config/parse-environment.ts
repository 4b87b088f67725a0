import { z } from 'zod';
import '../errors/schema-messages.js';

/** A configuration that cannot work. Its message is one sentence for the operator. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** `true` or `false`, nothing else: `"0"` and `"no"` would be read as true by a careless parser. */
export const booleanVariable = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A TCP port; 0 lets the system pick a free one. */
export const portVariable = z.coerce.number().int().min(0).max(65_535);

/** A comma-separated list; blanks around the commas are ignored. */
export const listVariable = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/**
 * Reads the variables a schema names from an environment, once.
 * @throws ConfigError one sentence that names the first variable at fault.
 */
export function parseEnvironment<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>> {
  // An empty variable is an absent one: that is how compose files and shells spell "not set".
  const present = Object.fromEntries(
    Object.keys(schema.shape)
      .filter((name) => (environment[name] ?? '') !== '')
      .map((name) => [name, environment[name]]),
  );
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? 'The environment');
  const reason = (issue?.message ?? 'unknown reason').replace(/\.$/, '');
  throw new ConfigError(`${name} is not usable: ${reason}. See .env.example.`);
}
