import { AppError, decodeId, type Sql } from '#libs/foundation';
import { FIRST_TERMINAL_STATUS, storedStatus } from './delivery-codes.js';
import type { DeliveryStatus } from './delivery-codes.js';

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
  due_at: Date | null;
  /** A lease is held: the request is under way. */
  leased: boolean;
  enabled: boolean;
}

export interface DeliveryFilter {
  statuses?: readonly DeliveryStatus[] | undefined;
  event?: string | undefined;
  eventId?: string | undefined;
  test?: boolean | undefined;
  /** Inclusive. */
  since?: Date | undefined;
  /** Exclusive. */
  until?: Date | undefined;
}

const deliverySelect = `
  SELECT d.id, d.event_id, d.event_type, d.trigger, d.is_test, d.status, d.reason, d.attempts, d.last_code,
    d.last_attempt_at, d.completed_at, d.created_at, p.due_at, coalesce(p.lease IS NOT NULL, false) AS leased,
    w.enabled
  FROM webhook_delivery d
  JOIN webhook w ON w.id = d.webhook_id
  LEFT JOIN webhook_pending p ON p.delivery_id = d.id`;

/**
 * One page, newest first, by keyset alone: what is inserted meanwhile moves nothing.
 * @param before id of the last delivery of the page before
 */
export async function listDeliveries(
  sql: Sql,
  webhookId: string,
  filter: DeliveryFilter,
  limit: number,
  before?: string,
): Promise<DeliveryRow[]> {
  const values: unknown[] = [webhookId, limit];
  const conditions = ['d.webhook_id = $1'];
  const where = (condition: (place: string) => string, value: unknown): void => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  if (before !== undefined) where((place) => `d.id < ${place}::uuid`, before);
  if (filter.since) where((place) => `d.id >= uuid_v7_floor(${place}::timestamptz)`, filter.since);
  if (filter.until) where((place) => `d.id < uuid_v7_floor(${place}::timestamptz)`, filter.until);
  if (filter.event !== undefined) where((place) => `d.event_type = ${place}`, filter.event);
  if (filter.eventId !== undefined) where((place) => `d.event_id = ${place}::uuid`, filter.eventId);
  // Said in so many words: the few tests have an index of their own.
  if (filter.test !== undefined) conditions.push(filter.test ? 'd.is_test' : 'NOT d.is_test');
  if (filter.statuses) conditions.push(`(${filter.statuses.map(statusCondition).join(' OR ')})`);
  return sql.query<DeliveryRow>(
    `${deliverySelect} WHERE ${conditions.join(' AND ')} ORDER BY d.id DESC LIMIT $2`,
    values,
  );
}

/** What the API calls a status, in terms of the stored one, the lease and the webhook. */
function statusCondition(status: DeliveryStatus): string {
  const open = `d.status < ${FIRST_TERMINAL_STATUS}`;
  switch (status) {
    case 'delivering':
      return `(${open} AND p.lease IS NOT NULL)`;
    case 'paused':
      return `(${open} AND p.lease IS NULL AND NOT w.enabled AND NOT d.is_test)`;
    case 'queued':
    case 'retrying':
      return `(d.status = ${storedStatus[status]} AND p.lease IS NULL AND (w.enabled OR d.is_test))`;
    case 'succeeded':
    case 'failed':
    case 'canceled':
    case 'skipped':
      return `d.status = ${storedStatus[status]}`;
  }
}

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
    `${deliverySelect} WHERE d.id = $1 AND d.webhook_id = $2 AND d.is_test = $3`,
    [id, webhookId, wireId.startsWith('dlv_test_')],
  );
  if (!row) throw new AppError('not_found');
  return row;
}
