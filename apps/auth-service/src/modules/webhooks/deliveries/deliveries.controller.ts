import { Authenticated, CurrentActor, type Actor } from '#libs/guards';
import { Controller, Get, Param, Query, SerializeOptions } from '@nestjs/common';
import {
  deliveryList,
  deliveryListQuery,
  type DeliveryListQuery,
  type DeliveryResponse,
  toDeliveryResponse,
} from './delivery.dto.js';
import { DeliveriesService } from './deliveries.service.js';

/** The delivery history of a webhook. */
@Controller('/v1/webhooks/:webhookId/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get()
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: deliveryList })
  async list(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Query({ schema: deliveryListQuery }) query: DeliveryListQuery,
  ): Promise<{ deliveries: DeliveryResponse[]; next_cursor: string | null }> {
    const { deliveries, nextCursor } = await this.deliveries.list(actor, webhookId, query);
    return { deliveries: deliveries.map(toDeliveryResponse), next_cursor: nextCursor };
  }
}
