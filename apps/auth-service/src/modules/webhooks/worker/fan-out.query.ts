import type { Sql } from '#libs/foundation';

export interface OutboxEvent {
  id: string;
  tenant_id: string;
  type: string;
  created_at: Date;
}

export interface Subscription {
  event_id: string;
  webhook_id: string;
  tenant_id: string;
  slow: boolean;
  /** Deliveries start now; else they are recorded as skipped. */
  enabled: boolean;
  over_quota: boolean;
}

/**
 * Takes events of the outbox that no other relay holds, the oldest of every tenant alike: nobody waits for another
 * tenant's burst. Never a cursor over ids: a lower id may commit after a higher one.
 * @param perTenant events of one tenant at most
 * @param limit events in all
 */
export async function claimOutbox(
  sql: Sql,
  perTenant: number,
  limit: number,
): Promise<OutboxEvent[]> {
  return sql.query<OutboxEvent>(
    {
      name: 'outbox_claim',
      text: `
        WITH RECURSIVE waiting AS (
          (SELECT tenant_id FROM event_outbox ORDER BY tenant_id LIMIT 1)
          UNION ALL
          SELECT (SELECT o.tenant_id FROM event_outbox o WHERE o.tenant_id > waiting.tenant_id
                  ORDER BY o.tenant_id LIMIT 1)
          FROM waiting WHERE waiting.tenant_id IS NOT NULL
        ), chosen AS (
          SELECT o.id FROM waiting CROSS JOIN LATERAL (
            SELECT id, row_number() OVER (ORDER BY id) AS turn FROM (
              SELECT id FROM event_outbox WHERE tenant_id = waiting.tenant_id ORDER BY id LIMIT $1) AS oldest
          ) AS o
          ORDER BY o.turn, o.id LIMIT $2
        )
        SELECT id, tenant_id, type, created_at FROM event_outbox
        WHERE id IN (SELECT id FROM chosen) FOR UPDATE SKIP LOCKED`,
    },
    [perTenant, limit],
  );
}

/** Who gets the events: subscribed before the event was published, and approved for it now. */
export async function findSubscriptions(
  sql: Sql,
  eventIds: readonly string[],
  quota: number,
): Promise<Subscription[]> {
  return sql.query<Subscription>(
    {
      name: 'outbox_subscriptions',
      text: `
        SELECT o.id AS event_id, w.id AS webhook_id, w.tenant_id, w.slow, w.enabled,
               coalesce(l.pending >= $2, false) AS over_quota
        FROM event_outbox o
        JOIN webhook_event_sub s ON s.event_type = o.type
        JOIN webhook w ON w.id = s.webhook_id AND w.tenant_id = o.tenant_id
          AND w.deleted_at IS NULL AND w.created_at <= o.created_at
          AND (o.app_filter IS NULL OR w.app_id = o.app_filter)
        JOIN platform_app a ON a.id = w.app_id AND a.status = 'active' AND a.deleted_at IS NULL
        JOIN tenant t ON t.id = w.tenant_id AND t.status = 'active'
        LEFT JOIN webhook_tenant_load l ON l.tenant_id = w.tenant_id
        WHERE o.id = ANY ($1) AND event_approved(a.id, t.id, a.governance, t.governance, o.type)`,
    },
    [eventIds, quota],
  );
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

/** Moves the events from the outbox into the history. */
export async function archiveEvents(sql: Sql, eventIds: readonly string[]): Promise<void> {
  await sql.execute(
    {
      name: 'outbox_archive',
      text: `
        WITH moved AS (DELETE FROM event_outbox WHERE id = ANY ($1)
          RETURNING id, tenant_id, type, occurred_at, created_at, body)
        INSERT INTO event (id, tenant_id, type, occurred_at, created_at, body)
        SELECT * FROM moved ON CONFLICT (id) DO NOTHING`,
    },
    [eventIds],
  );
}
