import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Ending, Endings } from '../../identity/index.js';
import { cancelPending } from '../deliveries/cancel-pending.js';
import { WebhookNotices } from '../worker/webhook-notices.js';
import { disableDisapproved, findDisapproved } from './disable-disapproved.js';
import { endWebhooks } from './end-webhooks.js';

/** Of which webhooks an ending is; $1 is its id, or of an event type the webhooks that lose by it. */
const concerned: Readonly<Record<Ending['kind'], string>> = {
  app: 'app_id = $1',
  tenant: 'tenant_id = $1',
  event_type: 'id = ANY ($1)',
};

/** A change of a webhook is looked at for so long after it was made: longer than any transaction. */
const CHANGED_LATELY_MS = 3_600_000;

/**
 * Webhooks end with their app; with a suspended app or tenant, what is pending for them; with the last approval of
 * their event types they are disabled. What a relay at work adds after that is canceled by the tick, or once its
 * webhook is enabled again.
 */
@Injectable()
export class WebhookEndings implements OnModuleInit {
  constructor(
    private readonly endings: Endings,
    private readonly notices: WebhookNotices,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.endings.listen((transaction, ending) => this.end(transaction, ending));
  }

  /**
   * Disables what was subscribed or enabled at the very moment its event types lost their approval: neither of the two
   * transactions saw the other. To be called now and then.
   */
  async disableMissed(): Promise<void> {
    const at = this.clock.date();
    const changedAfter = new Date(at.getTime() - CHANGED_LATELY_MS);
    const missed = await findDisapproved(this.database, { changedAfter });
    if (missed.length === 0) return;
    await this.database.transaction(async (transaction) => {
      await transaction.query(
        'SELECT FROM webhook WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE',
        [missed],
      );
      await this.disable(transaction, missed, at);
    });
  }

  private async end(transaction: Sql, { kind, id, cause, at }: Ending): Promise<void> {
    const rows = await transaction.query<{ id: string }>(
      `SELECT id FROM webhook WHERE ${concerned[kind]} AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE`,
      // Of an event type that many have only those: the lock holds up what is recorded of a webhook.
      [kind === 'event_type' ? await findDisapproved(transaction, { eventType: id }) : id],
    );
    const webhookIds = rows.map((row) => row.id);
    if (webhookIds.length === 0) return;
    switch (cause) {
      case 'deleted':
        return endWebhooks(transaction, webhookIds, at);
      case 'suspended':
        return cancelPending(transaction, webhookIds, 'app_suspended', at);
      case 'disapproved':
        return this.disable(transaction, webhookIds, at);
    }
  }

  private async disable(transaction: Sql, webhookIds: readonly string[], at: Date): Promise<void> {
    const disabled = await disableDisapproved(transaction, webhookIds, at);
    if (disabled.length === 0) return;
    for (const webhook of disabled) await this.notices.disabled(transaction, webhook);
    await cancelPending(
      transaction,
      disabled.map((webhook) => webhook.id),
      'approval_revoked',
      at,
      disabled.flatMap(({ events }) => events),
    );
  }
}
