import { EventPublisher } from '#libs/events';
import type { Transaction } from '#libs/foundation';
import { Injectable } from '@nestjs/common';

export type SecretEventType =
  'app.secret.rotated' | 'app.secret.expiring' | 'app.secret.old_still_used' | 'app.secret.leaked';

/** Tells an app's own webhooks what happened to its secrets: ids and times, never a secret. */
@Injectable()
export class SecretEvents {
  constructor(private readonly publisher: EventPublisher) {}

  async publish(
    transaction: Transaction,
    app: { id: string; tenantId: string },
    type: SecretEventType,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.publisher.publishIfKnown(transaction, {
      tenantId: app.tenantId,
      producer: 'identity',
      appFilter: app.id,
      type,
      data: { client_id: app.id, ...data },
    });
  }
}
