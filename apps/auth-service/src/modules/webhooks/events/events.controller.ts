import { BodyLimit, type RequestWithBody, VerbatimBody } from '#libs/foundation';
import { MAX_ENVELOPE_BYTES } from '#libs/events';
import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, HttpCode, Post, Req, SerializeOptions } from '@nestjs/common';
import type { PublishedEvent } from '#libs/events';
import { publishEventBody, type PublishEventBody, publishEventResponse } from './event.dto.js';
import { EventIngestion } from './event-ingestion.js';
import { rawMember } from './raw-member.js';

/** Room for the members around `data`. */
const BODY_LIMIT_BYTES = MAX_ENVELOPE_BYTES + 8 * 1024;

/** Event ingestion for other services, on the operator listener. */
@Controller('/v1/events')
export class EventsController {
  constructor(private readonly ingestion: EventIngestion) {}

  @Post()
  @HttpCode(202)
  @BodyLimit(BODY_LIMIT_BYTES)
  @VerbatimBody()
  @Operator('operator:events')
  @SerializeOptions({ schema: publishEventResponse })
  async publish(
    @CurrentOperator() operator: OperatorActor,
    @Body({ schema: publishEventBody }) body: PublishEventBody,
    @Req() request: RequestWithBody,
  ): Promise<PublishedEvent> {
    const data = request.rawBody && rawMember(request.rawBody, 'data');
    if (!data) throw new Error('the schema demands data, and the raw body has none');
    return this.ingestion.ingest({
      tenantId: body.tenant_id,
      producer: operator.name,
      type: body.type,
      data,
      ...(body.occurred_at === undefined ? {} : { occurredAtMs: Date.parse(body.occurred_at) }),
      ...(body.dedupe_key === undefined ? {} : { dedupeKey: body.dedupe_key }),
      ...(body.app_id === undefined ? {} : { appFilter: body.app_id }),
    });
  }
}
