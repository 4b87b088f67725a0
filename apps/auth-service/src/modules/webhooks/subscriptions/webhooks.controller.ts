import { Authenticated, CurrentActor, type Actor } from '#libs/guards';
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
import {
  createWebhookBody,
  type CreateWebhookBody,
  toWebhookResponse,
  webhookList,
  webhookListQuery,
  webhookResponse,
  type WebhookResponse,
} from './webhook.dto.js';
import { WebhooksService } from './webhooks.service.js';

/** Webhook subscriptions (public contract, "Ereigniszustellung und Webhooks"). */
@Controller('/v1/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @HttpCode(201)
  @Authenticated('webhooks:write')
  @SerializeOptions({ schema: webhookResponse })
  async create(
    @CurrentActor() actor: Actor,
    @Body({ schema: createWebhookBody }) body: CreateWebhookBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookResponse> {
    const { webhook, generatedSecret } = await this.webhooks.create(actor, body);
    const answer = toWebhookResponse(webhook, generatedSecret);
    response.setHeader('Location', `/v1/webhooks/${answer.id}`);
    response.setHeader('ETag', `"${webhook.version}"`);
    return answer;
  }

  @Get()
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: webhookList })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: webhookListQuery }) query: { limit: number; cursor?: string },
  ): Promise<{ webhooks: WebhookResponse[]; next_cursor: string | null }> {
    const { webhooks, nextCursor } = await this.webhooks.list(actor, query);
    return {
      webhooks: webhooks.map((webhook) => toWebhookResponse(webhook)),
      next_cursor: nextCursor,
    };
  }

  @Get(':webhookId')
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: webhookResponse })
  async get(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookResponse> {
    const webhook = await this.webhooks.get(actor, webhookId);
    response.setHeader('ETag', `"${webhook.version}"`);
    return toWebhookResponse(webhook);
  }
}
