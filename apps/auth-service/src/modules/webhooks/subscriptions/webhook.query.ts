import { AppError, decodeId, type Sql } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { visibleApp } from './webhook-scope.js';

/** A webhook with its events and its newest key, as reads and updates see it. */
export interface WebhookRow {
  id: string;
  tenant_id: string;
  app_id: string;
  url: string;
  description: string | null;
  enabled: boolean;
  ordering: 'best_effort' | 'strict';
  signature: 'hmac' | 'ed25519' | 'both';
  disabled_reason: string | null;
  failing_since: Date | null;
  secret_last_rotated_at: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  events: string[];
  secret_hint: string | null;
  secret_format: string | null;
  /** `whpk_…`, where the webhook is signed with it. */
  public_key: string | null;
}

const webhookSelect = `
  SELECT w.id, w.tenant_id, w.app_id, w.url, w.description, w.enabled, w.ordering, w.signature, w.disabled_reason,
    w.failing_since, w.secret_last_rotated_at, w.version, w.created_at, w.updated_at,
    ARRAY(SELECT s.event_type FROM webhook_event_sub s WHERE s.webhook_id = w.id ORDER BY s.position, s.event_type) AS events,
    k.hint AS secret_hint, k.format AS secret_format,
    CASE WHEN w.signature <> 'hmac' THEN (SELECT 'whpk_' || encode(t.public, 'base64') FROM tenant_webhook_key t
      WHERE t.tenant_id = w.tenant_id AND t.expires_at IS NULL) END AS public_key
  FROM webhook w
  LEFT JOIN LATERAL (SELECT hint, format FROM webhook_key WHERE webhook_id = w.id
    ORDER BY created_at DESC, id DESC LIMIT 1) k ON true`;

/**
 * A webhook the caller may see.
 * @throws AppError not_found, the same for another app's, another tenant's, a deleted and a made-up id
 */
export async function findWebhook(sql: Sql, actor: Actor, wireId: string): Promise<WebhookRow> {
  const id = decodeId('wh', wireId);
  if (id === undefined) throw new AppError('not_found');
  const [row] = await sql.query<WebhookRow>(
    `${webhookSelect}
     WHERE w.id = $1 AND w.tenant_id = $2 AND ($3::text IS NULL OR w.app_id = $3) AND w.deleted_at IS NULL`,
    [id, actor.tenantId, visibleApp(actor)],
  );
  if (!row) throw new AppError('not_found');
  return row;
}

/**
 * A webhook the caller may see, locked until the end of the transaction that changes it. Read by a statement after the
 * lock's: of one that waits, the sub-selects would show the event types and keys as they were before the wait.
 * @throws AppError not_found
 */
export async function lockWebhook(
  transaction: Sql,
  actor: Actor,
  wireId: string,
): Promise<WebhookRow> {
  const id = decodeId('wh', wireId);
  if (id !== undefined)
    await transaction.query(
      'SELECT FROM webhook WHERE id = $1 AND tenant_id = $2 FOR NO KEY UPDATE',
      [id, actor.tenantId],
    );
  return findWebhook(transaction, actor, wireId);
}

interface WebhookPlace {
  createdAt: string;
  id: string;
}

/** One page, newest first. @param after creation time and id of the last webhook of the page before */
export async function listWebhooks(
  sql: Sql,
  actor: Actor,
  limit: number,
  { appId, after }: { appId: string | undefined; after: WebhookPlace | undefined },
): Promise<WebhookRow[]> {
  return sql.query<WebhookRow>(
    `${webhookSelect}
     WHERE w.tenant_id = $1 AND ($2::text IS NULL OR w.app_id = $2) AND w.deleted_at IS NULL
       AND ($6::text IS NULL OR w.app_id = $6)
       AND ($3::timestamptz IS NULL OR (w.created_at, w.id) < ($3, $4::uuid))
     ORDER BY w.created_at DESC, w.id DESC LIMIT $5`,
    [
      actor.tenantId,
      visibleApp(actor),
      after?.createdAt ?? null,
      after?.id ?? null,
      limit,
      appId ?? null,
    ],
  );
}
