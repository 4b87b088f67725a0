import { EventPublisher } from '#libs/events';
import { Clock, Database, encodeId, Ids, type Transaction } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { OperationContext } from '../../execution/index.js';
import { type UserError, userError } from '../schema/user-error.model.js';
import { applyUpdate, changesBetween } from './incident-changes.js';
import type {
  AddIncidentNoteInput,
  CloseIncidentInput,
  CreateIncidentInput,
  UpdateIncidentInput,
} from './incident.inputs.js';
import { IncidentEntryKind, IncidentPayload } from './incident.model.js';
import { findIncident, type IncidentRow, toIncident } from './incident.query.js';
import { checkMembers, normalizeLabels } from './incident-rules.js';

type IncidentEvent = 'incident.created' | 'incident.updated' | 'incident.closed';

interface Entry {
  kind: IncidentEntryKind;
  note?: string | null;
  changes?: Readonly<Record<string, unknown>>;
}

/** Changes incidents. Row, timeline entry and outbox row are one transaction: an event tells of what is committed. */
@Injectable()
export class IncidentsService {
  constructor(
    private readonly database: Database,
    private readonly events: EventPublisher,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async create(context: OperationContext, input: CreateIncidentInput): Promise<IncidentPayload> {
    const errors = checkMembers(input);
    if (errors.length > 0) return refuse(...errors);
    return this.database.transaction(async (transaction) => {
      const number = await nextNumber(transaction, context.tenantId);
      const now = this.clock.date();
      const [row] = await transaction.query<IncidentRow>(
        `INSERT INTO incident (id, tenant_id, number, title, description, status, severity, source, external_ref, labels,
           created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10, $11, $11) RETURNING *`,
        [
          this.ids.uuid(),
          context.tenantId,
          number,
          input.title,
          input.description ?? null,
          input.severity,
          input.source ?? null,
          input.externalRef ?? null,
          normalizeLabels(input.labels ?? []),
          context.subject,
          now,
        ],
      );
      return this.tell(transaction, context, row, 'incident.created', { kind: 'created' });
    });
  }

  async update(context: OperationContext, input: UpdateIncidentInput): Promise<IncidentPayload> {
    const errors = checkMembers(input);
    if (input.status === 'closed') {
      errors.push(userError('USE_CLOSE', 'status', 'An incident is closed by its own operation.'));
    }
    if (errors.length > 0) return refuse(...errors);
    return this.change(context, input, async (transaction, row) => {
      if (row.status === 'closed') return refuse(closed());
      const next = applyUpdate(row, input);
      const changes = changesBetween(row, next);
      if (Object.keys(changes).length === 0) return done(row);
      const [updated] = await transaction.query<IncidentRow>(
        `UPDATE incident SET title = $3, description = $4, status = $5, severity = $6, source = $7, external_ref = $8,
           labels = $9, version = version + 1, updated_at = $10
         WHERE tenant_id = $1 AND id = $2 RETURNING *`,
        [
          context.tenantId,
          row.id,
          next.title,
          next.description,
          next.status,
          next.severity,
          next.source,
          next.external_ref,
          next.labels,
          this.clock.date(),
        ],
      );
      const entry: Entry = { kind: 'updated', changes };
      return this.tell(transaction, context, updated, 'incident.updated', entry);
    });
  }

  /** Closing what is closed changes nothing and tells no one. */
  async close(context: OperationContext, input: CloseIncidentInput): Promise<IncidentPayload> {
    return this.change(context, input, async (transaction, row) => {
      if (row.status === 'closed') return done(row);
      const [updated] = await transaction.query<IncidentRow>(
        `UPDATE incident SET status = 'closed', close_reason = $3, closed_at = $4, updated_at = $4, version = version + 1
         WHERE tenant_id = $1 AND id = $2 RETURNING *`,
        [context.tenantId, row.id, input.reason ?? null, this.clock.date()],
      );
      const entry: Entry = { kind: 'closed', note: input.reason ?? null };
      return this.tell(transaction, context, updated, 'incident.closed', entry);
    });
  }

  async addNote(context: OperationContext, input: AddIncidentNoteInput): Promise<IncidentPayload> {
    if (input.text.trim() === '' || input.text.length > 10_000) {
      return refuse(userError('INVALID', 'text', 'A note has 1 to 10000 characters.'));
    }
    return this.change(context, input, async (transaction, row) => {
      const [updated] = await transaction.query<IncidentRow>(
        `UPDATE incident SET updated_at = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2 RETURNING *`,
        [context.tenantId, row.id, this.clock.date()],
      );
      const entry: Entry = { kind: 'note', note: input.text };
      return this.tell(transaction, context, updated, 'incident.updated', entry);
    });
  }

  private async change(
    context: OperationContext,
    input: { id: string; expectedVersion?: number | null },
    work: (transaction: Transaction, row: IncidentRow) => Promise<IncidentPayload>,
  ): Promise<IncidentPayload> {
    return this.database.transaction(async (transaction) => {
      const row = await findIncident(transaction, context.tenantId, input.id, { forUpdate: true });
      if (!row) return refuse(userError('NOT_FOUND', 'id', 'There is no incident with this id.'));
      const { expectedVersion } = input;
      if (typeof expectedVersion === 'number' && expectedVersion !== row.version) {
        const message = 'The incident has changed since that version.';
        return refuse(userError('CONFLICT', 'expectedVersion', message));
      }
      return work(transaction, row);
    });
  }

  /** Writes the timeline and the outbox. */
  private async tell(
    transaction: Transaction,
    context: OperationContext,
    row: IncidentRow | undefined,
    type: IncidentEvent,
    entry: Entry,
  ): Promise<IncidentPayload> {
    if (!row) throw new Error('the statement returns its row');
    const changes = entry.changes ? JSON.stringify(entry.changes) : null;
    await transaction.execute(
      `INSERT INTO incident_entry (id, incident_id, tenant_id, kind, actor, note, changes, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        this.ids.uuid(),
        row.id,
        context.tenantId,
        entry.kind,
        context.subject,
        entry.note ?? null,
        changes,
        row.updated_at,
      ],
    );
    await this.events.publish(transaction, {
      tenantId: context.tenantId,
      producer: 'incidents',
      type,
      data: toEventData(row, entry),
      occurredAtMs: row.updated_at.getTime(),
    });
    return done(row);
  }
}

async function nextNumber(transaction: Transaction, tenantId: string): Promise<number> {
  const [row] = await transaction.query<{ last: number }>(
    `INSERT INTO incident_counter (tenant_id, last) VALUES ($1, 1)
     ON CONFLICT (tenant_id) DO UPDATE SET last = incident_counter.last + 1 RETURNING last`,
    [tenantId],
  );
  return row?.last ?? 1;
}

/** The incident as events carry it, with what this event is about. */
function toEventData(row: IncidentRow, entry: Entry): Readonly<Record<string, unknown>> {
  return {
    id: encodeId('inc', row.id),
    reference: `INC-${row.number}`,
    title: row.title,
    description: row.description,
    status: row.status,
    severity: row.severity,
    source: row.source,
    external_ref: row.external_ref,
    labels: row.labels,
    version: row.version,
    created_at: row.created_at,
    updated_at: row.updated_at,
    closed_at: row.closed_at,
    close_reason: row.close_reason,
    ...(entry.changes && { changes: entry.changes }),
    ...(entry.kind === 'note' && { note: entry.note }),
  };
}

function done(row: IncidentRow): IncidentPayload {
  return { incident: toIncident(row), userErrors: [] };
}

function refuse(...userErrors: UserError[]): IncidentPayload {
  return { incident: null, userErrors };
}

function closed(): UserError {
  return userError('INCIDENT_CLOSED', 'id', 'The incident is closed.');
}
