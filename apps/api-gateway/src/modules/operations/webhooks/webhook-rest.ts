import { z } from 'zod';
import type { Connection } from '../schema/page.models.js';
import { Delivery, DeliveryStatus, Webhook, WebhookEventType } from './webhook.model.js';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

// What we read of the contract's answers; members that come later do no harm.
export const webhookJson = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    status: z.string(),
    description: z.string().nullable(),
    enabled: z.boolean(),
    created_at: time,
    secret_last_rotated_at: time.nullable(),
  })
  .transform((json): Webhook => ({
    id: json.id,
    url: json.url,
    events: json.events,
    status: json.status,
    description: json.description,
    enabled: json.enabled,
    createdAt: json.created_at,
    secretLastRotatedAt: json.secret_last_rotated_at,
  }));

const deliveryJson = z
  .object({
    id: z.string(),
    status: z.enum(DeliveryStatus),
    event: z.string(),
    event_id: z.string(),
    test: z.boolean(),
    attempts: z.number(),
    attempted_at: time.nullable(),
    next_attempt_at: time.nullable(),
    response_status: z.number().nullable(),
    reason: z.string().nullable(),
    created_at: time,
    completed_at: time.nullable(),
  })
  .transform((json): Delivery => ({
    id: json.id,
    status: json.status,
    event: json.event,
    eventId: json.event_id,
    test: json.test,
    attempts: json.attempts,
    attemptedAt: json.attempted_at,
    nextAttemptAt: json.next_attempt_at,
    responseStatus: json.response_status,
    reason: json.reason,
    createdAt: json.created_at,
    completedAt: json.completed_at,
  }));

export const webhooksJson = z
  .object({ webhooks: z.array(webhookJson), next_cursor: z.string().nullable() })
  .transform(({ webhooks, next_cursor }) => toConnection(webhooks, next_cursor));

export const deliveriesJson = z
  .object({ deliveries: z.array(deliveryJson), next_cursor: z.string().nullable() })
  .transform(({ deliveries, next_cursor }) => toConnection(deliveries, next_cursor));

/** Those that the caller may subscribe to now. */
export const eventTypesJson = z
  .object({
    event_types: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        deprecated: z.boolean(),
        approved: z.boolean().nullable(),
      }),
    ),
  })
  .transform(({ event_types: types }) =>
    types
      .filter(({ deprecated, approved }) => !deprecated && approved !== false)
      .map(({ name, description }): WebhookEventType => ({ name, description })),
  );

export const testJson = z.object({ delivery_id: z.string(), status: z.string() });

export const nothingJson = z.object({});

function toConnection<Node>(nodes: Node[], nextCursor: string | null): Connection<Node> {
  return { nodes, pageInfo: { hasNextPage: nextCursor !== null, endCursor: nextCursor } };
}
