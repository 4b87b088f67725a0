import { EventPublisher } from '#libs/events';
import { encodeId, LOGGER, type Logger, type Sql } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import type { EndpointHealth } from './endpoint-health.query.js';

const producer = 'knogin:webhooks';

/** Told of what an owner should hear of; mail is sent by whoever provides it. */
export abstract class NoticeMail {
  abstract send(notice: {
    type: string;
    tenantId: string;
    data: Readonly<Record<string, unknown>>;
  }): void;
}

/** Until a mailer is configured, the log is told. */
@Injectable()
export class LoggedNoticeMail extends NoticeMail {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {
    super();
  }

  override send({ type, tenantId, data }: Parameters<NoticeMail['send']>[0]): void {
    this.logger.warn({ notice: type, tenant_id: tenantId, ...data }, 'notice');
  }
}

/** Operational events, for the app's other webhooks, in the transaction of what they tell of. */
@Injectable()
export class WebhookNotices {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly mail: NoticeMail,
  ) {}

  async failing(transaction: Sql, webhook: EndpointHealth, hours: number): Promise<void> {
    await this.publish(transaction, webhook, 'webhook.failing', {
      webhook_id: encodeId('wh', webhook.id),
      failing_since: webhook.failing_since?.toISOString() ?? null,
      failing_hours: hours,
    });
  }

  async disabled(transaction: Sql, webhook: EndpointHealth): Promise<void> {
    await this.publish(transaction, webhook, 'webhook.disabled', {
      webhook_id: encodeId('wh', webhook.id),
      disabled_reason: webhook.disabled_reason,
    });
  }

  /** @param limit the soft quota that is passed */
  async backlog(transaction: Sql, tenantId: string, pending: number, limit: number): Promise<void> {
    const data = { pending, limit };
    this.mail.send({ type: 'webhook.backlog', tenantId, data });
    await this.publisher.publish(transaction, {
      tenantId,
      producer,
      type: 'webhook.backlog',
      data,
    });
  }

  private async publish(
    transaction: Sql,
    webhook: Pick<EndpointHealth, 'tenant_id' | 'app_id'>,
    type: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.mail.send({ type, tenantId: webhook.tenant_id, data });
    await this.publisher.publish(transaction, {
      tenantId: webhook.tenant_id,
      producer,
      appFilter: webhook.app_id,
      type,
      data,
    });
  }
}
