import type { Sql } from '#libs/foundation';

/** Why nothing is sent to an endpoint, and what becomes of its pending deliveries. */
export type EndpointHold = 'webhook_deleted' | 'app_suspended' | 'disabled';

/** A webhook as a lane sees it before each batch. */
export interface EndpointRow {
  id: string;
  tenant_id: string;
  app_id: string;
  url: string;
  ordering: 'best_effort' | 'strict';
  signature: 'hmac' | 'ed25519' | 'both';
  version: number;
  enabled: boolean;
  deleted: boolean;
  app_active: boolean;
  slow: boolean;
  paused_until: Date | null;
  failing_since: Date | null;
  failing_notices: number;
  breaker: Record<string, unknown>;
  /** Newest first; only those that still sign. */
  keys: readonly EndpointKey[];
  tenant_keys: readonly EndpointKey[];
  approved_events: readonly string[];
  subscribed_events: readonly string[];
}

export interface EndpointKey {
  id: string;
  /** Base64 of the sealed box. */
  cipher: string;
  format: string;
}

/** Everything a batch needs but the deliveries themselves: keys as they are now, never as they were when queued. */
export async function loadEndpoint(
  sql: Sql,
  webhookId: string,
  now: Date,
): Promise<EndpointRow | undefined> {
  const [row] = await sql.query<EndpointRow>(
    {
      name: 'endpoint_load',
      text: `
        SELECT w.id, w.tenant_id, w.app_id, w.url, w.ordering, w.signature, w.version, w.enabled, w.slow, w.paused_until,
          w.failing_since, w.failing_notices, w.breaker,
          w.deleted_at IS NOT NULL AS deleted,
          a.status = 'active' AND a.deleted_at IS NULL AND t.status = 'active' AS app_active,
          coalesce((SELECT json_agg(json_build_object('id', k.id, 'cipher', encode(k.cipher, 'base64'), 'format', k.format)
              ORDER BY k.created_at DESC, k.id DESC)
            FROM webhook_key k WHERE k.webhook_id = w.id AND (k.expires_at IS NULL OR k.expires_at > $2)), '[]') AS keys,
          CASE WHEN w.signature = 'hmac' THEN '[]' ELSE
            coalesce((SELECT json_agg(json_build_object('id', k.id, 'cipher', encode(k.cipher, 'base64'), 'format', 'ed25519')
                ORDER BY k.created_at DESC, k.id DESC)
              FROM tenant_webhook_key k WHERE k.tenant_id = w.tenant_id AND (k.expires_at IS NULL OR k.expires_at > $2)),
              '[]') END AS tenant_keys,
          ARRAY(SELECT e.name FROM event_type e
            WHERE event_approved(a.id, t.id, a.governance, t.governance, e.name)) AS approved_events,
          ARRAY(SELECT s.event_type FROM webhook_event_sub s WHERE s.webhook_id = w.id) AS subscribed_events
        FROM webhook w JOIN platform_app a ON a.id = w.app_id JOIN tenant t ON t.id = w.tenant_id
        WHERE w.id = $1`,
    },
    [webhookId, now],
  );
  return row;
}
