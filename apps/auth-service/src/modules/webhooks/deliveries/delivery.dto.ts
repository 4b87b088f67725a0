import { encodeId, pageQueryOf } from '#libs/foundation';
import { z } from 'zod';
import {
  deliveryStatuses,
  type DeliveryStatus,
  FIRST_TERMINAL_STATUS,
  reasonOf,
  statusOf,
  triggerOf,
} from './delivery-codes.js';
import { attemptResponse, toAttemptResponse } from './attempt.dto.js';
import type { AttemptRow } from './attempt.query.js';
import type { DeliveryRow } from './delivery.query.js';

const oneOrMore = <Schema extends z.ZodType>(item: Schema) =>
  z.union([item.transform((value) => [value]), z.array(item)]);

/** Ids know no time before 1970. */
const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(Math.max(0, Date.parse(text))));

export const deliveryListQuery = pageQueryOf({ most: 100, unlessTold: 25 }).extend({
  // In one order, each once: a cursor goes on whatever the order they are named in.
  status: oneOrMore(z.enum(deliveryStatuses))
    .transform((asked) => deliveryStatuses.filter((status) => asked.includes(status)))
    .optional(),
  event: z.string().optional(),
  event_id: z.string().optional(),
  test: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  since: instant.optional(),
  until: instant.optional(),
  include: z.literal('attempts').optional(),
});

export type DeliveryListQuery = z.output<typeof deliveryListQuery>;

export const deliveryResponse = z.strictObject({
  id: z.string(),
  status: z.enum(deliveryStatuses),
  event: z.string(),
  event_id: z.string(),
  test: z.boolean(),
  trigger: z.enum(['event', 'manual', 'recovery', 'test']),
  attempts: z.number(),
  attempted_at: z.string().nullable(),
  next_attempt_at: z.string().nullable(),
  response_status: z.number().nullable(),
  reason: z.string().nullable(),
  created_at: z.string(),
  completed_at: z.string().nullable(),
  attempt_list: z.array(attemptResponse).optional(),
});

export type DeliveryResponse = z.output<typeof deliveryResponse>;

export const deliveryList = z.strictObject({
  deliveries: z.array(deliveryResponse),
  next_cursor: z.string().nullable(),
});

/** @param attempts of any deliveries; absent where they were not asked for */
export function toDeliveryResponse(
  row: DeliveryRow,
  attempts?: readonly AttemptRow[],
): DeliveryResponse {
  const status = shownStatus(row);
  return {
    id: encodeId(row.is_test ? 'dlv_test' : 'dlv', row.id),
    status,
    event: row.event_type,
    event_id: encodeId('evt', row.event_id),
    test: row.is_test,
    trigger: triggerOf(row.trigger),
    attempts: row.attempts,
    attempted_at: row.last_attempt_at?.toISOString() ?? null,
    next_attempt_at:
      !row.is_test && (status === 'queued' || status === 'retrying')
        ? (row.due_at?.toISOString() ?? null)
        : null,
    response_status: row.last_code,
    reason: reasonOf(row.reason),
    created_at: row.created_at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
    ...(attempts
      ? {
          attempt_list: attempts
            .filter(({ delivery_id }) => delivery_id === row.id)
            .map(toAttemptResponse),
        }
      : {}),
  };
}

function shownStatus(row: DeliveryRow): DeliveryStatus {
  if (row.status >= FIRST_TERMINAL_STATUS) return statusOf(row.status);
  if (row.leased) return 'delivering';
  return row.enabled || row.is_test ? statusOf(row.status) : 'paused';
}
