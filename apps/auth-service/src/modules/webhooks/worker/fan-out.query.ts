import type { Sql } from '#libs/foundation';
import { storedReason, storedStatus, storedTrigger } from '../deliveries/delivery-codes.js';

/** What one round of the relay did. */
interface FannedOut {
  /** Whether there may be more to move. */
  more: boolean;
  /** Webhooks that have something to send now. */
  lanes: readonly { webhook_id: string; tenant_id: string; slow: boolean }[];
}

interface FanOut {
  /** Events of one tenant at most, and in all. */
  perTenant: number;
  limit: number;
  /** Deliveries from which on no further event is taken; one event is, whatever it comes to. */
  targets: number;
  /** Pending deliveries of a tenant from which on new ones are only recorded. */
  quota: number;
  now: Date;
}

/**
 * Moves events from the outbox to the history and to whoever subscribed before they were published and is approved
 * for them now; one statement, so that all of it happens or nothing. Takes what no other relay holds, the oldest of
 * every tenant alike, few subscribers before many: nobody waits for another tenant's burst. Never a cursor over ids: a
 * lower id may commit after a higher one. The ids are those of `deliveryId`: a fan-out that runs twice inserts once.
 */
export async function fanOut(
  sql: Sql,
  { perTenant, limit, targets, quota, now }: FanOut,
): Promise<FannedOut> {
  const [row] = await sql.query<FannedOut>(
    {
      name: 'fan_out',
      text: `
        WITH RECURSIVE waiting AS (
          (SELECT tenant_id FROM event_outbox ORDER BY tenant_id LIMIT 1)
          UNION ALL
          SELECT (SELECT o.tenant_id FROM event_outbox o WHERE o.tenant_id > waiting.tenant_id
                  ORDER BY o.tenant_id LIMIT 1)
          FROM waiting WHERE waiting.tenant_id IS NOT NULL
        ), chosen AS (
          SELECT o.id, o.turn FROM waiting CROSS JOIN LATERAL (
            SELECT id, row_number() OVER (ORDER BY id) AS turn FROM (
              SELECT id FROM event_outbox WHERE tenant_id = waiting.tenant_id ORDER BY id LIMIT $1) AS oldest
          ) AS o
          ORDER BY o.turn, o.id LIMIT $2
        ), claimed AS MATERIALIZED (
          SELECT id, tenant_id, type, occurred_at, created_at, app_filter, body FROM event_outbox
          WHERE id IN (SELECT id FROM chosen) FOR UPDATE SKIP LOCKED
        ), subscriber AS MATERIALIZED (
          -- Once for each tenant and type, however many events there are.
          SELECT k.tenant_id, k.type, w.id AS webhook_id, w.app_id, w.slow, w.enabled,
            greatest(w.created_at, s.since) AS since
          FROM (SELECT DISTINCT tenant_id, type FROM claimed) k
          JOIN webhook_event_sub s ON s.event_type = k.type
          JOIN webhook w ON w.id = s.webhook_id AND w.tenant_id = k.tenant_id AND w.deleted_at IS NULL
        ), taken AS MATERIALIZED (
          SELECT id FROM (
            SELECT c.id, sum(coalesce(n, 0)) OVER (ORDER BY chosen.turn, coalesce(n, 0), c.id) - coalesce(n, 0) AS before
            FROM claimed c JOIN chosen USING (id)
            LEFT JOIN (SELECT tenant_id, type, count(*) AS n FROM subscriber GROUP BY tenant_id, type) size
              USING (tenant_id, type)) sized
          WHERE before < $10
        ), moved AS MATERIALIZED (
          SELECT claimed.* FROM claimed JOIN taken USING (id)
        ), subscribed AS MATERIALIZED (
          SELECT c.id AS event_id, c.type, c.created_at, c.tenant_id, s.webhook_id, s.app_id, s.slow, s.enabled
          FROM moved c JOIN subscriber s USING (tenant_id, type)
          WHERE s.since <= c.created_at AND (c.app_filter IS NULL OR s.app_id = c.app_filter)
        ), approved AS MATERIALIZED (
          -- Once for each app and type, however many webhooks and events there are.
          SELECT a.id AS app_id, s.type, coalesce(l.pending >= $3, false) AS over_quota
          FROM (SELECT DISTINCT app_id, type FROM subscribed) s
          JOIN platform_app a ON a.id = s.app_id AND a.status = 'active' AND a.deleted_at IS NULL
          JOIN tenant t ON t.id = a.tenant_id AND t.status = 'active'
          LEFT JOIN webhook_tenant_load l ON l.tenant_id = t.id
          WHERE event_approved(a.id, t.id, a.governance, t.governance, s.type)
        ), approvals AS MATERIALIZED (
          -- Looked up by key: joined, each delivery would be held against each approval, since the planner expects one.
          SELECT coalesce(jsonb_object_agg(app_id || ' ' || type, over_quota), '{}') AS over_quota FROM approved
        ), target AS MATERIALIZED (
          SELECT encode(set_byte(set_byte(b.id, 6, get_byte(b.id, 6) & 15 | 112), 8, get_byte(b.id, 8) & 63 | 128),
              'hex')::uuid AS id,
            s.*, CASE WHEN NOT s.enabled THEN $4::smallint WHEN a.over_quota THEN $5::smallint END AS skipped
          FROM subscribed s CROSS JOIN approvals
          CROSS JOIN LATERAL (SELECT (approvals.over_quota ->> (s.app_id || ' ' || s.type))::boolean AS over_quota) a
          CROSS JOIN LATERAL (SELECT
            decode(lpad(to_hex(floor(extract(epoch FROM s.created_at) * 1000)::bigint), 12, '0'), 'hex')
              || substr(sha256(convert_to(s.event_id || '|' || s.webhook_id || '|', 'UTF8')), 1, 10) AS id) b
          WHERE a.over_quota IS NOT NULL
        ), delivery AS (
          INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_id, event_type, trigger, status, reason,
            created_at, completed_at)
          SELECT id, webhook_id, tenant_id, event_id, type, $6::smallint,
            CASE WHEN skipped IS NULL THEN $7::smallint ELSE $8::smallint END, skipped,
            created_at, CASE WHEN skipped IS NOT NULL THEN created_at END
          FROM target
          ON CONFLICT (id) DO NOTHING
          RETURNING id, webhook_id, tenant_id, event_id, created_at, status
        ), pending AS (
          INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
          SELECT id, webhook_id, tenant_id, event_id, $9::timestamptz, created_at FROM delivery WHERE status = $7
          ON CONFLICT (delivery_id) DO NOTHING
        ), archived AS (
          INSERT INTO event (id, tenant_id, type, occurred_at, created_at, body)
          SELECT id, tenant_id, type, occurred_at, created_at, body FROM moved
          ON CONFLICT (id) DO NOTHING
        ), gone AS (
          DELETE FROM event_outbox WHERE id IN (SELECT id FROM taken)
        )
        SELECT (SELECT count(*) FROM claimed) >= $1
            OR (SELECT count(*) FROM claimed) > (SELECT count(*) FROM taken) AS more,
          coalesce((SELECT json_agg(lane) FROM (
            SELECT DISTINCT webhook_id, tenant_id, slow FROM target WHERE skipped IS NULL) lane), '[]') AS lanes`,
    },
    [
      perTenant,
      limit,
      quota,
      storedReason.webhook_disabled,
      storedReason.over_quota,
      storedTrigger.event,
      storedStatus.queued,
      storedStatus.skipped,
      now,
      targets,
    ],
  );
  return row ?? { more: false, lanes: [] };
}

export interface NewDelivery {
  id: string;
  webhookId: string;
  tenantId: string;
  eventId: string;
  eventType: string;
  trigger: number;
  isTest: boolean;
  status: number;
  reason: number | null;
  createdAt: Date;
  /** When the first attempt is due; absent for a delivery that is only recorded. */
  dueAt?: Date;
}

/** Deliveries and their pending rows, once however often it runs. @returns the ids that are new */
export async function insertDeliveries(
  sql: Sql,
  deliveries: readonly NewDelivery[],
): Promise<string[]> {
  if (deliveries.length === 0) return [];
  const rows = await sql.query<{ id: string }>(
    {
      name: 'deliveries_insert',
      text: `
        WITH input AS (
          SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::smallint[], $7::boolean[],
            $8::smallint[], $9::smallint[], $10::timestamptz[], $11::timestamptz[])
            AS i (id, webhook_id, tenant_id, event_id, event_type, trigger, is_test, status, reason, created_at, due_at)
        ), delivery AS (
          INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_id, event_type, trigger, is_test, status, reason,
            created_at, completed_at)
          SELECT id, webhook_id, tenant_id, event_id, event_type, trigger, is_test, status, reason, created_at,
            CASE WHEN due_at IS NULL THEN created_at END
          FROM input
          ON CONFLICT (id) DO NOTHING
          RETURNING id
        ), pending AS (
          INSERT INTO webhook_pending (delivery_id, webhook_id, tenant_id, event_id, due_at, first_queued_at)
          SELECT i.id, i.webhook_id, i.tenant_id, i.event_id, i.due_at, i.created_at
          FROM input i JOIN delivery USING (id)
          WHERE i.due_at IS NOT NULL
          ON CONFLICT (delivery_id) DO NOTHING
        )
        SELECT id FROM delivery`,
    },
    columns(deliveries),
  );
  return rows.map(({ id }) => id);
}

function columns(deliveries: readonly NewDelivery[]): unknown[] {
  return [
    deliveries.map(({ id }) => id),
    deliveries.map(({ webhookId }) => webhookId),
    deliveries.map(({ tenantId }) => tenantId),
    deliveries.map(({ eventId }) => eventId),
    deliveries.map(({ eventType }) => eventType),
    deliveries.map(({ trigger }) => trigger),
    deliveries.map(({ isTest }) => isTest),
    deliveries.map(({ status }) => status),
    deliveries.map(({ reason }) => reason),
    deliveries.map(({ createdAt }) => createdAt),
    deliveries.map(({ dueAt }) => dueAt ?? null),
  ];
}
