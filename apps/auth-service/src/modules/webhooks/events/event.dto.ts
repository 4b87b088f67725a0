import { z } from 'zod';

export const publishEventBody = z.strictObject({
  tenant_id: z.string(),
  type: z.string(),
  data: z.unknown().refine((value) => value !== undefined, 'Send the data of the event.'),
  occurred_at: z.iso.datetime({ offset: true }).optional(),
  // In PostgreSQL's UTF-8 all halves of a pair are one character, and different keys would be one.
  dedupe_key: z
    .string()
    .min(1)
    .max(255)
    .refine(
      (key) => key.isWellFormed() && !key.includes('\0'),
      'Remove the character U+0000 and unpaired surrogates.',
    )
    .optional(),
  app_id: z.string().optional(),
});

export type PublishEventBody = z.output<typeof publishEventBody>;

export const publishEventResponse = z.strictObject({ id: z.string(), duplicate: z.boolean() });
