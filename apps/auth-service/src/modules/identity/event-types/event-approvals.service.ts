import { AppError, Clock, Database } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AppsQuery } from '../apps/apps.query.js';
import { lockApp } from '../apps/lock-app.js';
import { AuditLog } from '../audit/audit-log.js';
import { Endings } from '../governance/endings.js';

export interface EventApproval {
  app_id: string;
  event_type: string;
  approved_by: string;
  approved_at: Date;
}

/** Who approves: an admin of the tenant, or an operator for what Knogin reviews. */
export type EventApprover = Pick<Actor, 'tenantId' | 'subject' | 'request'> & {
  kind: string;
  reviews: boolean;
};

/** Event types that need an approval, approved for one app at a time. */
@Injectable()
export class EventApprovals {
  constructor(
    private readonly database: Database,
    private readonly apps: AppsQuery,
    private readonly endings: Endings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found */
  async list(actor: Actor, clientId: string): Promise<EventApproval[]> {
    await this.apps.get(actor, clientId);
    return this.database.query<EventApproval>(
      'SELECT app_id, event_type, approved_by, approved_at FROM app_event_approval WHERE app_id = $1 ORDER BY event_type',
      [clientId],
    );
  }

  /** Safe to repeat. @throws AppError not_found, unknown_event, event_not_approved where Knogin reviews the type */
  async approve(by: EventApprover, clientId: string, eventType: string): Promise<EventApproval> {
    return this.database.transaction(async (transaction) => {
      await lockApp(transaction, by, clientId);
      const [type] = await transaction.query<{ approval: string }>(
        `SELECT approval FROM event_type
         WHERE name = $1 AND (published_to IS NULL OR $2 = ANY (published_to))`,
        [eventType, by.tenantId],
      );
      if (!type) throw new AppError('unknown_event');
      if (type.approval === 'knogin_review' && !by.reviews)
        throw new AppError('event_not_approved', { detail: 'Knogin reviews this event type.' });
      const [approval] = await transaction.query<EventApproval>(
        `INSERT INTO app_event_approval AS held (app_id, event_type, approved_by, approved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (app_id, event_type) DO UPDATE SET approved_by = held.approved_by
         RETURNING app_id, event_type, approved_by, approved_at`,
        [clientId, eventType, by.subject, this.clock.date()],
      );
      if (!approval) throw new Error('an upsert returns its row');
      await this.record(transaction, by, clientId, 'app.event.approved', eventType);
      return approval;
    });
  }

  /** Felt by the next attempt. @throws AppError not_found */
  async withdraw(by: EventApprover, clientId: string, eventType: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await lockApp(transaction, by, clientId);
      const removed = await transaction.execute(
        'DELETE FROM app_event_approval WHERE app_id = $1 AND event_type = $2',
        [clientId, eventType],
      );
      if (removed === 0) throw new AppError('not_found');
      await this.endings.announce(transaction, {
        kind: 'app',
        id: clientId,
        cause: 'disapproved',
        at: this.clock.date(),
      });
      await this.record(transaction, by, clientId, 'app.event.withdrawn', eventType);
    });
  }

  private async record(
    transaction: Parameters<AuditLog['record']>[0],
    by: EventApprover,
    clientId: string,
    action: string,
    eventType: string,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId: by.tenantId,
      actor: { kind: by.kind, id: by.subject },
      action,
      target: { kind: 'app', id: clientId },
      request: by.request,
      after: { event_type: eventType },
    });
  }
}
