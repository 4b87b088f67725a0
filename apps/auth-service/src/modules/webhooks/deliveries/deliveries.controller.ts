import { type Actor, Authenticated, CurrentActor, Idempotent } from '#libs/guards';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  SerializeOptions,
} from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { LimitWrites } from '../subscriptions/write-limits.js';
import { noQuery } from '../no-query.js';
import { DeliveriesService } from './deliveries.service.js';
import {
  deliveryList,
  deliveryListQuery,
  type DeliveryListQuery,
  deliveryResponse,
  type DeliveryResponse,
  toDeliveryResponse,
} from './delivery.dto.js';
import {
  recoverBody,
  type RecoverBody,
  recoveryList,
  recoveryResponse,
  type RecoveryResponse,
  toRecoveryResponse,
} from './recovery.dto.js';
import { RecoveryService } from './recovery.service.js';
import { ReplayService } from './replay.service.js';
import { TestDeliveryService } from './test-delivery.service.js';

const nothing = z.strictObject({}).default({});
const testBody = z.strictObject({ event: z.string() }).partial().default({});
const testResponse = z.strictObject({ delivery_id: z.string(), status: z.literal('queued') });

/** The delivery history of a webhook, tests and replays. */
@Controller('/v1/webhooks/:webhookId')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly replays: ReplayService,
    private readonly recoveries: RecoveryService,
    private readonly tests: TestDeliveryService,
  ) {}

  @Get('deliveries')
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: deliveryList })
  async list(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Query({ schema: deliveryListQuery }) query: DeliveryListQuery,
  ): Promise<z.output<typeof deliveryList>> {
    const page = await this.deliveries.list(actor, webhookId, query);
    return {
      deliveries: page.deliveries.map((row) => toDeliveryResponse(row, page.attempts)),
      next_cursor: page.nextCursor,
    };
  }

  @Get('deliveries/:deliveryId')
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: deliveryResponse })
  async get(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Param('deliveryId') deliveryId: string,
    @Query({ schema: noQuery }) _query: object,
  ): Promise<DeliveryResponse> {
    const { delivery, attempts } = await this.deliveries.get(actor, webhookId, deliveryId);
    return toDeliveryResponse(delivery, attempts);
  }

  @Post('deliveries/:deliveryId/redeliver')
  @HttpCode(202)
  @Authenticated('webhooks:write')
  @LimitWrites()
  @Idempotent()
  @SerializeOptions({ schema: deliveryResponse })
  async redeliver(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Param('deliveryId') deliveryId: string,
    @Body({ schema: nothing }) _body: object,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DeliveryResponse> {
    const row = await this.replays.redeliver(actor, webhookId, deliveryId);
    const delivery = toDeliveryResponse(row);
    response.setHeader('Location', `/v1/webhooks/${webhookId}/deliveries/${delivery.id}`);
    return delivery;
  }

  @Post('recover')
  @HttpCode(202)
  @Authenticated('webhooks:write')
  @LimitWrites()
  @Idempotent()
  @SerializeOptions({ schema: recoveryResponse })
  async recover(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Body({ schema: recoverBody }) body: RecoverBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RecoveryResponse> {
    const task = toRecoveryResponse(await this.recoveries.start(actor, webhookId, body));
    response.setHeader('Location', `/v1/webhooks/${webhookId}/recover/${task.id}`);
    return task;
  }

  @Get('recover')
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: recoveryList })
  async listRecoveries(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Query({ schema: noQuery }) _query: object,
  ): Promise<z.output<typeof recoveryList>> {
    const rows = await this.recoveries.list(actor, webhookId);
    return { recoveries: rows.map(toRecoveryResponse) };
  }

  @Get('recover/:recoveryId')
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: recoveryResponse })
  async getRecovery(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Param('recoveryId') recoveryId: string,
    @Query({ schema: noQuery }) _query: object,
  ): Promise<RecoveryResponse> {
    return toRecoveryResponse(await this.recoveries.get(actor, webhookId, recoveryId));
  }

  /** A synthetic event, signed with all live keys; one attempt, beside every backlog. */
  @Post('test')
  @HttpCode(202)
  @Authenticated('webhooks:write')
  @LimitWrites()
  @Idempotent()
  @SerializeOptions({ schema: testResponse })
  async test(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Body({ schema: testBody }) body: z.output<typeof testBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof testResponse>> {
    const deliveryId = await this.tests.send(actor, webhookId, body.event);
    response.setHeader('Location', `/v1/webhooks/${webhookId}/deliveries/${deliveryId}`);
    return { delivery_id: deliveryId, status: 'queued' };
  }
}
