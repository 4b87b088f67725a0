import { isUsableSchema } from '#libs/events';
import { AppError, Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT } from '../audit/audit-log.js';
import { Endings } from '../governance/endings.js';
import type { TenantAdministrator } from '../tenants/tenants.service.js';
import type { EventTypeBody, EventTypeResponse } from './event-types.dto.js';

const members = `name, description_en, description_de, schema, thin, sensitivity, approval, published_to,
  deprecated_at IS NOT NULL AS deprecated`;

/** The catalogue of event types: data, extended by operators. A type is deprecated, never removed. */
@Injectable()
export class EventCatalogue {
  constructor(
    private readonly database: Database,
    private readonly endings: Endings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<EventTypeResponse[]> {
    return this.database.query<EventTypeResponse>(
      `SELECT ${members} FROM event_type ORDER BY name`,
    );
  }

  /** Adds the type or replaces what the catalogue says of it. @throws AppError validation_failed */
  async put(
    by: TenantAdministrator,
    name: string,
    type: EventTypeBody,
  ): Promise<EventTypeResponse> {
    assertConsistent(name, type);
    return this.database.transaction(async (transaction) => {
      const [before] = await transaction.query<EventTypeResponse>(
        `SELECT ${members} FROM event_type WHERE name = $1 FOR NO KEY UPDATE`,
        [name],
      );
      const [after] = await transaction.query<EventTypeResponse>(
        `INSERT INTO event_type AS known (name, description_en, description_de, schema, thin, sensitivity, approval,
           published_to, deprecated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (name) DO UPDATE SET description_en = excluded.description_en,
           description_de = excluded.description_de, schema = excluded.schema, thin = excluded.thin,
           sensitivity = excluded.sensitivity, approval = excluded.approval, published_to = excluded.published_to,
           deprecated_at = CASE WHEN excluded.deprecated_at IS NULL THEN NULL
             ELSE coalesce(known.deprecated_at, excluded.deprecated_at) END
         RETURNING ${members}`,
        [
          name,
          type.description_en,
          type.description_de,
          type.schema,
          type.thin,
          type.sensitivity,
          type.approval,
          type.published_to,
          type.deprecated ? this.clock.date() : null,
        ],
      );
      if (!after) throw new Error('an upsert returns its row');
      if (before && mayDisapprove(before, after)) {
        const at = this.clock.date();
        await this.endings.announce(transaction, {
          kind: 'event_type',
          id: name,
          cause: 'disapproved',
          at,
        });
      }
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: 'event_type.put',
        target: { kind: 'event_type', id: name },
        request: by.request,
        ...(before ? { before: { ...before } } : {}),
        after: { ...after },
      });
      return after;
    });
  }
}

/** Whether apps may have lost their approval of the type: it begins to ask for one, or a tenant no longer has it. */
function mayDisapprove(before: EventTypeResponse, after: EventTypeResponse): boolean {
  const asks = before.approval === 'auto' && after.approval !== 'auto';
  return asks || mayLeave(before.published_to, after.published_to);
}

/** Null: all tenants have it. */
function mayLeave(before: readonly string[] | null, after: readonly string[] | null): boolean {
  if (after === null) return false;
  return before === null || before.some((tenantId) => !after.includes(tenantId));
}

/** Types of our own notices: what a tenant is told of its webhooks is nothing that operators take away or reshape. */
const platformTypes = new Set(['webhook.failing', 'webhook.disabled', 'webhook.backlog']);

function assertConsistent(name: string, type: EventTypeBody): void {
  const isOurs = platformTypes.has(name);
  const problems: [boolean, string, string, string][] = [
    [isOurs && type.schema !== null, '/schema', 'fixed', 'This type has no schema.'],
    [isOurs && type.published_to !== null, '/published_to', 'fixed', 'All tenants have this type.'],
    [
      type.schema !== null && !isUsableSchema(type.schema),
      '/schema',
      'invalid_schema',
      'Give a JSON Schema that can be compiled.',
    ],
    [
      type.approval === 'auto' && type.sensitivity === 'sensitive',
      '/approval',
      'not_sensitive',
      'A sensitive type needs an approval: tenant_admin or knogin_review.',
    ],
  ];
  const errors = problems
    .filter(([holds]) => holds)
    .map(([, pointer, code, message]) => ({ pointer, code, message }));
  if (errors.length > 0)
    throw new AppError('validation_failed', {
      detail: 'Correct the members named in errors.',
      errors,
    });
}
