import { AppError, decodeId, type Sql } from '#libs/foundation';

export interface DeliveryRow {
  id: string;
  event_id: string;
  event_type: string;
  trigger: number;
  is_test: boolean;
  status: number;
  reason: number | null;
  attempts: number;
  last_code: number | null;
  last_attempt_at: Date | null;
  completed_at: Date | null;
  created_at: Date;
  /** Its own time, or the end of the webhook's pause where that is later. */
  due_at: Date | null;
  /** A lease is held: the request is under way. */
  leased: boolean;
  enabled: boolean;
}

const shown = `
  SELECT d.id, d.event_id, d.event_type, d.trigger, d.is_test, d.status, d.reason, d.attempts, d.last_code,
    d.last_attempt_at, d.completed_at, d.created_at, greatest(p.due_at, w.paused_until) AS due_at,
    coalesce(p.lease IS NOT NULL, false) AS leased, w.enabled`;

const joined = `
  JOIN webhook w ON w.id = d.webhook_id
  LEFT JOIN webhook_pending p ON p.delivery_id = d.id`;

/**
 * One delivery of the webhook.
 * @param wireId `dlv_…` or `dlv_test_…`
 * @throws AppError not_found, also for the delivery of another webhook of the same tenant
 */
export async function getDelivery(
  sql: Sql,
  webhookId: string,
  wireId: string,
): Promise<DeliveryRow> {
  const id = decodeId('dlv_test', wireId) ?? decodeId('dlv', wireId);
  if (id === undefined) throw new AppError('not_found');
  const [row] = await sql.query<DeliveryRow>(
    `${shown} FROM webhook_delivery d ${joined}
     WHERE d.id = $1 AND d.webhook_id = $2 AND d.is_test = $3`,
    [id, webhookId, wireId.startsWith('dlv_test_')],
  );
  if (!row) throw new AppError('not_found');
  return row;
}

/** The rows of a subquery of `webhook_delivery`, as they are shown. */
export async function showDeliveries(
  sql: Sql,
  deliveries: string,
  limit: number,
  values: readonly unknown[],
): Promise<DeliveryRow[]> {
  return sql.query<DeliveryRow>(
    `${shown} FROM (${deliveries}) d ${joined} ORDER BY d.id DESC LIMIT ${limit}`,
    values,
  );
}
