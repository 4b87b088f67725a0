import { Database } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor } from '#libs/guards';
import { Controller, Get, SerializeOptions } from '@nestjs/common';
import { z } from 'zod';
import { visibleApp } from './webhook-scope.js';

const eventTypesResponse = z.strictObject({
  event_types: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      sensitivity: z.enum(['normal', 'sensitive']),
      approval: z.enum(['auto', 'tenant_admin', 'knogin_review']),
      deprecated: z.boolean(),
      /** For the calling app; null for an administrator, who speaks for no app. */
      approved: z.boolean().nullable(),
    }),
  ),
});

type EventTypesResponse = z.output<typeof eventTypesResponse>;

/** The event types a tenant's webhooks may subscribe to. */
@Controller('/v1/webhooks/event-types')
export class EventTypesOfTenantController {
  constructor(private readonly database: Database) {}

  @Get()
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: eventTypesResponse })
  async list(@CurrentActor() actor: Actor): Promise<EventTypesResponse> {
    const rows = await this.database.query<EventTypesResponse['event_types'][number]>(
      `SELECT e.name, e.description_en AS description, e.sensitivity, e.approval,
         e.deprecated_at IS NOT NULL AS deprecated,
         event_approved(a.id, t.id, a.governance, t.governance, e.name) AS approved
       FROM event_type e JOIN tenant t ON t.id = $1
       LEFT JOIN platform_app a ON a.id = $2 AND a.tenant_id = t.id
       WHERE e.published_to IS NULL OR t.id = ANY (e.published_to)
       ORDER BY e.name`,
      [actor.tenantId, visibleApp(actor)],
    );
    const isApp = visibleApp(actor) !== null;
    return { event_types: rows.map((row) => ({ ...row, approved: isApp ? row.approved : null })) };
  }
}
