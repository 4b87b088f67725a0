import { Database } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor } from '#libs/guards';
import { Controller, Get, Header, Headers, Query, SerializeOptions } from '@nestjs/common';
import { z } from 'zod';
import { preferredLanguage } from '../../identity/index.js';
import { noQuery } from '../no-query.js';
import { listEventTypes } from './event-types.query.js';

const eventTypesResponse = z.strictObject({
  event_types: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      /** JSON Schema of `data`; null: any object. */
      schema: z.record(z.string(), z.unknown()).nullable(),
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
  @Header('Vary', 'Accept-Language, Authorization')
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: noQuery }) _query: object,
    @Headers('accept-language') acceptLanguage: string | undefined,
  ): Promise<EventTypesResponse> {
    const language = preferredLanguage(acceptLanguage);
    return { event_types: await listEventTypes(this.database, actor, language) };
  }
}
