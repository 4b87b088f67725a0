import { AppError, Clock, Database, decodeId, Ids, type Sql } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Queues } from '#libs/queues';
import { Injectable } from '@nestjs/common';
import { findWebhook } from '../subscriptions/webhook.query.js';
import { queueNames } from '../worker/queue-names.js';
import { storedStatus } from './delivery-codes.js';
import type { RecoverBody } from './recovery.dto.js';
import { getRecovery, listRecoveries, type RecoveryRow } from './recovery.query.js';

const LONGEST_SPAN_MS = 14 * 86_400_000;
const LATEST = 25;

/** Starts and shows recoveries: everything a webhook missed in a span of time, delivered again. */
@Injectable()
export class RecoveryService {
  constructor(
    private readonly database: Database,
    private readonly queues: Queues,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found, validation_failed, app_suspended, recovery_running while another recovery of the webhook runs */
  async start(actor: Actor, webhookId: string, body: RecoverBody): Promise<RecoveryRow> {
    const webhook = await findWebhook(this.database, actor, webhookId);
    const now = this.clock.date();
    const until = body.until ?? now;
    if (now.getTime() - body.since.getTime() > LONGEST_SPAN_MS) throw outOfRange('/since');
    if (until <= body.since) throw outOfRange(body.until ? '/until' : '/since');
    await assertActive(this.database, webhook.app_id);
    const statuses = (body.statuses ?? (['failed', 'skipped'] as const)).map(
      (name) => storedStatus[name],
    );
    const [row] = await this.database.query<RecoveryRow>(
      `INSERT INTO webhook_recovery (id, webhook_id, tenant_id, since, until, statuses, status, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, 'running', $7)
       ON CONFLICT (webhook_id) WHERE status = 'running' DO NOTHING RETURNING *`,
      [this.ids.uuid(), webhook.id, webhook.tenant_id, body.since, until, statuses, now],
    );
    if (!row) {
      throw new AppError('recovery_running', {
        detail: 'GET …/recover shows it; start another once it has finished.',
      });
    }
    await this.queues.wake(queueNames.replay, [
      { key: row.id, data: { recovery_id: row.id }, priority: 1 },
    ]);
    return row;
  }

  /** The latest of a webhook, at most 25. @throws AppError not_found */
  async list(actor: Actor, webhookId: string): Promise<RecoveryRow[]> {
    const webhook = await findWebhook(this.database, actor, webhookId);
    return listRecoveries(this.database, webhook.id, LATEST);
  }

  /** @throws AppError not_found, also for the recovery of another webhook */
  async get(actor: Actor, webhookId: string, wireId: string): Promise<RecoveryRow> {
    const webhook = await findWebhook(this.database, actor, webhookId);
    const id = decodeId('rcv', wireId);
    const row = id === undefined ? undefined : await getRecovery(this.database, webhook.id, id);
    if (!row) throw new AppError('not_found');
    return row;
  }
}

const outOfRange = (pointer: string): AppError =>
  new AppError('validation_failed', {
    detail: 'A recovery reaches back 14 days at most, and ends after it begins.',
    errors: [{ pointer, code: 'out_of_range', message: 'Choose another time.' }],
  });

/** @throws AppError app_suspended: what is recovered would be canceled at once */
async function assertActive(sql: Sql, appId: string): Promise<void> {
  const active = await sql.query(
    `SELECT FROM platform_app a JOIN tenant t ON t.id = a.tenant_id
     WHERE a.id = $1 AND a.status = 'active' AND t.status = 'active'`,
    [appId],
  );
  if (active.length === 0)
    throw new AppError('app_suspended', { detail: 'The app that owns the webhook is not active.' });
}
