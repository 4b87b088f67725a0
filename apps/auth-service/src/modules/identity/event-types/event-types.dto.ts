import { z } from 'zod';

/** An event type's exact name; there are no wildcards. The table has the same rule. */
export const eventTypeName = z
  .string()
  .regex(/^[a-z0-9_]+(\.[a-z0-9_]+)+$/, 'Name an event type exactly.')
  .max(128);

const text = z.string().trim().min(1).max(300);
const tenants = z
  .array(z.string().regex(/^ten_[0-9A-Z]{26}$/))
  .max(10_000)
  .nullable();

export const eventTypeBody = z.strictObject({
  description_en: text,
  description_de: text,
  /** JSON Schema of `data`; null: any object. */
  schema: z.record(z.string(), z.unknown()).nullable().default(null),
  /** Carries ids only. */
  thin: z.boolean().default(false),
  sensitivity: z.enum(['normal', 'sensitive']),
  approval: z.enum(['auto', 'tenant_admin', 'knogin_review']),
  /** Tenants the type is published to; null: all. */
  published_to: tenants.default(null),
  deprecated: z.boolean().default(false),
});

export type EventTypeBody = z.output<typeof eventTypeBody>;

export const eventTypeResponse = z.strictObject({
  name: z.string(),
  description_en: z.string(),
  description_de: z.string(),
  schema: z.record(z.string(), z.unknown()).nullable(),
  thin: z.boolean(),
  sensitivity: z.enum(['normal', 'sensitive']),
  approval: z.enum(['auto', 'tenant_admin', 'knogin_review']),
  published_to: z.array(z.string()).nullable(),
  deprecated: z.boolean(),
});

export type EventTypeResponse = z.output<typeof eventTypeResponse>;

export const listEventTypesResponse = z.strictObject({ event_types: z.array(eventTypeResponse) });

export const eventApprovalResponse = z.strictObject({
  client_id: z.string(),
  event_type: z.string(),
  approved_by: z.string(),
  approved_at: z.string(),
});

export const listEventApprovalsResponse = z.strictObject({
  approvals: z.array(eventApprovalResponse),
});
