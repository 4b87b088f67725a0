import type { Sql } from '#libs/foundation';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Ending, Endings } from '../../identity/index.js';
import { cancelPending } from '../deliveries/cancel-pending.js';
import { endWebhooks } from './end-webhooks.js';

/**
 * Webhooks end with their app; with a suspended app or tenant, what is pending for them. What a relay at work adds
 * after that is canceled by the tick.
 */
@Injectable()
export class WebhookEndings implements OnModuleInit {
  constructor(private readonly endings: Endings) {}

  onModuleInit(): void {
    this.endings.listen((transaction, ending) => this.end(transaction, ending));
  }

  private async end(transaction: Sql, { kind, id, isDeleted, at }: Ending): Promise<void> {
    const owner = kind === 'app' ? 'app_id' : 'tenant_id';
    const rows = await transaction.query<{ id: string }>(
      `SELECT id FROM webhook WHERE ${owner} = $1 AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE`,
      [id],
    );
    const webhookIds = rows.map((row) => row.id);
    if (webhookIds.length === 0) return;
    if (isDeleted) await endWebhooks(transaction, webhookIds, at);
    else await cancelPending(transaction, webhookIds, 'app_suspended', at);
  }
}
