import type { Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';

/**
 * An app or a tenant that is suspended or may have lost approvals of event types, an app that is gone for good, or an
 * event type that fewer apps are approved for.
 */
export interface Ending {
  readonly kind: 'app' | 'tenant' | 'event_type';
  readonly id: string;
  readonly cause: 'deleted' | 'suspended' | 'disapproved';
  readonly at: Date;
}

/** What else has to end, in the same transaction. */
export type EndingListener = (transaction: Sql, ending: Ending) => Promise<void>;

/** How features that identity knows nothing of end what they keep for an app, in the transaction that ends it. */
@Injectable()
export class Endings {
  private readonly listeners: EndingListener[] = [];

  listen(listener: EndingListener): void {
    this.listeners.push(listener);
  }

  async announce(transaction: Sql, ending: Ending): Promise<void> {
    for (const listener of this.listeners) await listener(transaction, ending);
  }
}
