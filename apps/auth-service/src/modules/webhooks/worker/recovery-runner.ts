import { Clock, Database, type Sql } from '#libs/foundation';
import { Queues } from '#libs/queues';
import { Injectable } from '@nestjs/common';
import { storedStatus, storedTrigger } from '../deliveries/delivery-codes.js';
import { deliveryId } from '../deliveries/delivery-id.js';
import { nextRecoverable, type RecoveryRow } from '../deliveries/recovery.query.js';
import { insertDeliveries } from './fan-out.query.js';
import { LaneQueue } from './lane-queue.js';
import { queueNames } from './queue-names.js';

const CHUNK = 100;
/** A recovery adds nothing while the webhook has so much due: what is new comes first. */
const MOST_PENDING = 500;

/** Works off recovery tasks chunk by chunk. Its place is committed with each chunk: a crash resumes there. */
@Injectable()
export class RecoveryRunner {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lanes: LaneQueue,
    private readonly queues: Queues,
  ) {}

  /** Wakes every running task. */
  async wakeAll(): Promise<void> {
    const tasks = await this.database.query<{ id: string }>(
      `SELECT id FROM webhook_recovery WHERE status = 'running' ORDER BY created_at LIMIT 1000`,
    );
    await this.queues.wake(
      queueNames.replay,
      tasks.map(({ id }) => ({ key: id, data: { recovery_id: id }, priority: 1 })),
    );
  }

  /** As many chunks as the webhook has room for; the tick goes on with the rest. */
  async run(recoveryId: string): Promise<void> {
    for (;;) {
      const step = await this.database.transaction((transaction) =>
        this.step(transaction, recoveryId),
      );
      if (step.lane) await this.lanes.wake([step.lane]);
      if (!step.more) return;
    }
  }

  private async step(
    transaction: Sql,
    recoveryId: string,
  ): Promise<{ more: boolean; lane?: Parameters<LaneQueue['wake']>[0][number] }> {
    // The webhook first, as a replay does: of two that send an event again the second finds the first one's delivery.
    await transaction.query(
      `SELECT FROM webhook WHERE id = (SELECT webhook_id FROM webhook_recovery WHERE id = $1) FOR NO KEY UPDATE`,
      [recoveryId],
    );
    const [task] = await transaction.query<RecoveryRow>(
      `SELECT * FROM webhook_recovery WHERE id = $1 AND status = 'running' FOR UPDATE SKIP LOCKED`,
      [recoveryId],
    );
    if (!task) return { more: false };
    const pending = await transaction.query(
      'SELECT FROM webhook_pending WHERE webhook_id = $1 AND due_at <= $3 LIMIT $2',
      [task.webhook_id, MOST_PENDING, this.clock.date()],
    );
    if (pending.length >= MOST_PENDING) return { more: false };
    const rows = await nextRecoverable(transaction, task, CHUNK);
    const now = this.clock.date();
    const enqueued = await insertDeliveries(
      transaction,
      rows
        .filter(({ due }) => due)
        .map((row, index) => ({
          id: deliveryId(task.created_at.getTime(), row.event_id, task.webhook_id, task.id),
          webhookId: task.webhook_id,
          tenantId: task.tenant_id,
          eventId: row.event_id,
          eventType: row.event_type,
          trigger: storedTrigger.recovery,
          isTest: false,
          status: storedStatus.queued,
          reason: null,
          createdAt: task.created_at,
          // Oldest first, also within the chunk.
          dueAt: new Date(now.getTime() - CHUNK + index),
        })),
    );
    const more = rows.length === CHUNK;
    await transaction.execute(
      `UPDATE webhook_recovery SET position = coalesce($2, position), matched = matched + $3, enqueued = enqueued + $4,
         status = CASE WHEN $5 THEN 'running' ELSE 'finished' END, finished_at = CASE WHEN $5 THEN NULL ELSE $6::timestamptz END
       WHERE id = $1`,
      [task.id, rows.at(-1)?.id ?? null, rows.length, enqueued.length, more, now],
    );
    return { more, lane: { webhookId: task.webhook_id, tenantId: task.tenant_id, slow: false } };
  }
}
