import { encodeId, etagOf, pageQueryOf } from '#libs/foundation';
import { z } from 'zod';
import { eventTypeName } from '../../identity/index.js';
import type { WebhookRow } from './webhook.query.js';

/** What create and update have in common. */
export const webhookMembers = {
  url: z.string(),
  events: z
    .array(eventTypeName)
    .min(1)
    .max(100)
    .refine((names) => new Set(names).size === names.length, 'Name each event type once.'),
  secret: z.string(),
  description: z.string().max(200),
  enabled: z.boolean(),
  ordering: z.enum(['best_effort', 'strict']),
  signature: z.enum(['hmac', 'ed25519', 'both']),
};

export const createWebhookBody = z.strictObject({ app_id: z.string(), ...webhookMembers }).partial({
  app_id: true,
  secret: true,
  description: true,
  enabled: true,
  ordering: true,
  signature: true,
});

export type CreateWebhookBody = z.output<typeof createWebhookBody>;

export const updateWebhookBody = z
  .strictObject({
    ...webhookMembers,
    secret: webhookMembers.secret.nullable(),
    description: webhookMembers.description.nullable(),
    /** Seconds for which the keys before the newest go on signing. */
    secret_overlap_seconds: z.number().int().min(0).max(604_800),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'Name at least one member to change.');

export type UpdateWebhookBody = z.output<typeof updateWebhookBody>;

const disabledReason = z.enum(['user', 'failing', 'gone', 'receiver_request', 'approval_revoked']);

export const webhookResponse = z.strictObject({
  id: z.string(),
  app_id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().nullable(),
  enabled: z.boolean(),
  status: z.enum(['active', 'failing', 'disabled']),
  disabled_reason: disabledReason.nullable(),
  failing_since: z.string().nullable(),
  ordering: z.enum(['best_effort', 'strict']),
  signature: z.enum(['hmac', 'ed25519', 'both']),
  secret_format: z.enum(['whsec', 'raw', 'ambiguous']).nullable(),
  secret_hint: z.string().nullable(),
  /** What verifies the `v1a` signatures; null where `signature` is hmac. */
  public_key: z.string().nullable(),
  secret_last_rotated_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  /** Once, and only a secret that the server has made. */
  secret: z.string().optional(),
});

export type WebhookResponse = z.output<typeof webhookResponse>;

export const webhookList = z.strictObject({
  webhooks: z.array(webhookResponse),
  next_cursor: z.string().nullable(),
});

export const webhookListQuery = pageQueryOf({ most: 100, unlessTold: 25 }).extend({
  /** Of a tenant's webhooks only this app's. */
  app_id: z.string().optional(),
});

export type WebhookListQuery = z.output<typeof webhookListQuery>;

export function toWebhookResponse(row: WebhookRow, generatedSecret?: string): WebhookResponse {
  return {
    id: encodeId('wh', row.id),
    app_id: row.app_id,
    url: row.url,
    events: row.events,
    description: row.description,
    enabled: row.enabled,
    status: row.enabled ? (row.failing_since ? 'failing' : 'active') : 'disabled',
    disabled_reason: row.disabled_reason as WebhookResponse['disabled_reason'],
    failing_since: row.failing_since?.toISOString() ?? null,
    ordering: row.ordering,
    signature: row.signature,
    secret_format: row.secret_format as WebhookResponse['secret_format'],
    secret_hint: row.secret_hint,
    public_key: row.public_key,
    secret_last_rotated_at: row.secret_last_rotated_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    ...(generatedSecret === undefined ? {} : { secret: generatedSecret }),
  };
}

/** A webhook begins to fail, and stops, without a new version: that tells its representations apart, not its changes. */
export function etagOfWebhook({ version, failing_since }: WebhookRow): string {
  return etagOf(failing_since ? `${version}.${failing_since.getTime()}` : version);
}
