import { AppError, type Sql } from '#libs/foundation';
import { z } from 'zod';

export interface EventType {
  name: string;
  /** JSON Schema of `data`, where the catalogue has one. */
  schema: Record<string, unknown> | null;
  /** Published with ids only. */
  thin: boolean;
}

/** The type as the tenant knows it, or undefined when it is unknown, unpublished to the tenant, or withdrawn. */
export async function findEventType(
  sql: Sql,
  tenantId: string,
  name: string,
): Promise<EventType | undefined> {
  const [row] = await sql.query<EventType>(
    {
      name: 'event_type_of_tenant',
      text: `SELECT name, schema, thin FROM event_type
             WHERE name = $1 AND (published_to IS NULL OR $2 = ANY (published_to))`,
    },
    [name, tenantId],
  );
  return row;
}

/** Whether the JSON Schema can be held against data: what cannot be compiled would refuse every event of its type. */
export function isUsableSchema(schema: Readonly<Record<string, unknown>>): boolean {
  try {
    z.fromJSONSchema(schema);
    return true;
  } catch {
    return false;
  }
}

const compiled = new Map<string, z.ZodType>();

/** @throws AppError validation_failed where `data` breaks the type's JSON Schema */
export function checkData(type: EventType, data: unknown): void {
  if (!type.schema) return;
  const key = JSON.stringify(type.schema);
  const schema = compiled.get(key) ?? z.fromJSONSchema(type.schema);
  compiled.set(key, schema);
  const result = schema.safeParse(data);
  if (result.success) return;
  throw new AppError('validation_failed', {
    detail: `The data do not fit the schema of ${type.name}.`,
    errors: result.error.issues.map(({ path, code, message }) => ({
      pointer: `/data${path.map((part) => `/${String(part)}`).join('')}`,
      code,
      message,
    })),
  });
}

/** What a thin type publishes: the ids at the top of `data`. */
export function onlyIds(data: unknown): Record<string, string> {
  if (data === null || typeof data !== 'object') return {};
  return Object.fromEntries(
    Object.entries(data).filter(
      (entry): entry is [string, string] =>
        (entry[0] === 'id' || entry[0].endsWith('_id')) && typeof entry[1] === 'string',
    ),
  );
}
