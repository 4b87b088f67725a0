import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, Get, Param, Put, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { toAdministrator } from '../tenants/tenant-administrator.js';
import { EventCatalogue } from './event-catalogue.service.js';
import {
  eventTypeBody,
  type EventTypeBody,
  eventTypeName,
  eventTypeResponse,
  type EventTypeResponse,
  listEventTypesResponse,
} from './event-types.dto.js';

/** The catalogue of event types, on the operator listener. */
@Controller('v1/event-types')
export class EventTypesController {
  constructor(private readonly catalogue: EventCatalogue) {}

  @Get()
  @Operator('operator:catalogue')
  @SerializeOptions({ schema: listEventTypesResponse })
  async list(): Promise<z.output<typeof listEventTypesResponse>> {
    return { event_types: await this.catalogue.list() };
  }

  @Put(':name')
  @Operator('operator:catalogue')
  @SerializeOptions({ schema: eventTypeResponse })
  async put(
    @CurrentOperator() operator: OperatorActor,
    @Param('name', { schema: eventTypeName }) name: string,
    @Body({ schema: eventTypeBody }) body: EventTypeBody,
  ): Promise<EventTypeResponse> {
    return this.catalogue.put(toAdministrator(operator), name, body);
  }
}
