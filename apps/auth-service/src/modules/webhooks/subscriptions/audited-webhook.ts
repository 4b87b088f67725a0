import { encodeId } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import type { AuditEntry } from '../../identity/index.js';
import type { WebhookRow } from './webhook.query.js';

/** An audit entry about a webhook, without the action. */
export function auditedWebhook(
  actor: Actor,
  after: WebhookRow | undefined,
  before?: WebhookRow,
): Omit<AuditEntry, 'action'> {
  const row = after ?? before;
  if (!row) throw new Error('an audit entry is about a webhook before or after the change');
  return {
    tenantId: actor.tenantId,
    actor: { kind: actor.kind, id: actor.subject },
    target: { kind: 'webhook', id: encodeId('wh', row.id) },
    request: actor.request,
    ...(before ? { before: snapshot(before) } : {}),
    ...(after ? { after: snapshot(after) } : {}),
  };
}

function snapshot(row: WebhookRow): Record<string, unknown> {
  const { app_id, url, events, description, enabled, ordering, signature, disabled_reason } = row;
  return { app_id, url, events, description, enabled, ordering, signature, disabled_reason };
}
