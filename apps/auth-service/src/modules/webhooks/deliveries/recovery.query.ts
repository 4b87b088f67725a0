import type { Sql } from '#libs/foundation';
import { storedStatus } from './delivery-codes.js';

/** A persisted recovery task. */
export interface RecoveryRow {
  id: string;
  webhook_id: string;
  tenant_id: string;
  since: Date;
  until: Date;
  statuses: number[];
  status: 'running' | 'finished' | 'canceled';
  position: string | null;
  matched: string;
  enqueued: string;
  created_at: Date;
  finished_at: Date | null;
}

/** Newest first. */
export async function listRecoveries(
  sql: Sql,
  webhookId: string,
  limit: number,
): Promise<RecoveryRow[]> {
  return sql.query<RecoveryRow>(
    'SELECT * FROM webhook_recovery WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2',
    [webhookId, limit],
  );
}

export async function getRecovery(
  sql: Sql,
  webhookId: string,
  id: string,
): Promise<RecoveryRow | undefined> {
  const [row] = await sql.query<RecoveryRow>(
    'SELECT * FROM webhook_recovery WHERE id = $1 AND webhook_id = $2',
    [id, webhookId],
  );
  return row;
}

export interface RecoverableDelivery {
  id: string;
  event_id: string;
  event_type: string;
  /** Neither delivered since, nor on its way, nor taken already, and its body is kept. */
  due: boolean;
}

/** The next deliveries of a task, oldest first; several of one event count once. */
export async function nextRecoverable(
  sql: Sql,
  task: RecoveryRow,
  limit: number,
): Promise<RecoverableDelivery[]> {
  return sql.query<RecoverableDelivery>(
    `SELECT d.id, d.event_id, d.event_type,
       NOT EXISTS (SELECT FROM webhook_delivery o WHERE o.event_id = d.event_id AND o.webhook_id = d.webhook_id
           AND (o.status IN (${storedStatus.queued}, ${storedStatus.retrying}, ${storedStatus.succeeded})))
         AND NOT EXISTS (SELECT FROM webhook_delivery o WHERE o.event_id = d.event_id AND o.webhook_id = d.webhook_id
           AND o.id < d.id AND o.id >= uuid_v7_floor($2) AND o.status = ANY ($4))
         AND EXISTS (SELECT FROM event e WHERE e.id = d.event_id) AS due
     FROM webhook_delivery d
     WHERE d.webhook_id = $1 AND d.id >= uuid_v7_floor($2) AND d.id < uuid_v7_floor($3)
       AND d.status = ANY ($4) AND NOT d.is_test AND ($5::uuid IS NULL OR d.id > $5)
     ORDER BY d.id LIMIT $6`,
    [task.webhook_id, task.since, task.until, task.statuses, task.position, limit],
  );
}
