import { EventPublisher } from '#libs/events';
import { Clock, encodeId, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { FIRST_TERMINAL_STATUS, storedStatus } from '../deliveries/delivery-codes.js';
import type { EndpointHealth } from './endpoint-health.query.js';
import { NoticeMail } from './notice-mail.js';
import { backlogText, disabledText, failingText, type NoticeText } from './notice-texts.js';

const producer = 'knogin:webhooks';

export type DisabledWebhook = Pick<
  EndpointHealth,
  'id' | 'tenant_id' | 'app_id' | 'disabled_reason' | 'failing_since'
>;

/** Operational events for the app's other webhooks and mail for its people, in the transaction of what they tell of. */
@Injectable()
export class WebhookNotices {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly mail: NoticeMail,
    private readonly clock: Clock,
  ) {}

  async failing(transaction: Sql, webhook: EndpointHealth, hours: number): Promise<void> {
    const webhookId = encodeId('wh', webhook.id);
    const since = webhook.failing_since?.toISOString() ?? null;
    await this.tell(
      transaction,
      webhook,
      'webhook.failing',
      { webhook_id: webhookId, failing_since: since, failing_hours: hours },
      failingText(webhookId, webhook.app_id, since ?? 'a while'),
    );
  }

  async disabled(transaction: Sql, webhook: DisabledWebhook): Promise<void> {
    const webhookId = encodeId('wh', webhook.id);
    await this.tell(
      transaction,
      webhook,
      'webhook.disabled',
      { webhook_id: webhookId, disabled_reason: webhook.disabled_reason },
      disabledText(
        webhookId,
        webhook.app_id,
        webhook.disabled_reason,
        await this.firstMissed(transaction, webhook),
      ),
    );
  }

  /** @param limit the soft quota that is passed */
  async backlog(transaction: Sql, tenantId: string, pending: number, limit: number): Promise<void> {
    await this.mail.write(transaction, { tenantId, appId: null, ...backlogText(pending, limit) });
    await this.publisher.publishIfKnown(transaction, {
      tenantId,
      producer,
      type: 'webhook.backlog',
      data: { pending, limit },
    });
  }

  /**
   * When the oldest event was published that failed since the webhook began to: a recovery begins with it. Without an
   * approval what is pending is missed as well: it is canceled, last in the same transaction (ADR 21).
   */
  private async firstMissed(transaction: Sql, webhook: DisabledWebhook): Promise<string> {
    const failingSince = webhook.failing_since ?? this.clock.date();
    // Recorded, those that began it are a moment older than the beginning.
    const [first] = await transaction.query<{ created_at: Date }>(
      `SELECT created_at FROM webhook_delivery
       WHERE webhook_id = $1 AND NOT is_test AND id >= uuid_v7_floor($2::timestamptz - interval '14 days')
         AND (status = ${storedStatus.failed} AND completed_at >= $2::timestamptz - interval '1 minute'
           OR $3 AND status < ${FIRST_TERMINAL_STATUS})
       ORDER BY id LIMIT 1`,
      [webhook.id, failingSince, webhook.disabled_reason === 'approval_revoked'],
    );
    return (first?.created_at ?? failingSince).toISOString();
  }

  private async tell(
    transaction: Sql,
    { tenant_id: tenantId, app_id: appId }: Pick<EndpointHealth, 'tenant_id' | 'app_id'>,
    type: string,
    data: Readonly<Record<string, unknown>>,
    text: NoticeText,
  ): Promise<void> {
    await this.mail.write(transaction, { tenantId, appId, ...text });
    await this.publisher.publishIfKnown(transaction, {
      tenantId,
      producer,
      appFilter: appId,
      type,
      data,
    });
  }
}
