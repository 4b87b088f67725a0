import { EventPublisher } from '#libs/events';
import { encodeId, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
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
        webhook.failing_since?.toISOString(),
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
