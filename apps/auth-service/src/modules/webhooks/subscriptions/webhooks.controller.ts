import { type EntityTags, IfMatch } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor, Idempotent } from '#libs/guards';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
  SerializeOptions,
} from '@nestjs/common';
import type { Response } from 'express';
import {
  createWebhookBody,
  type CreateWebhookBody,
  etagOfWebhook,
  toWebhookResponse,
  updateWebhookBody,
  type UpdateWebhookBody,
  webhookList,
  webhookListQuery,
  type WebhookListQuery,
  webhookResponse,
  type WebhookResponse,
} from './webhook.dto.js';
import { noQuery } from '../no-query.js';
import { WebhookChanges } from './webhook-changes.service.js';
import { LimitWrites } from './write-limits.js';
import { WebhooksService } from './webhooks.service.js';

/** Webhook subscriptions (public contract, "Ereigniszustellung und Webhooks"). */
@Controller('/v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly changes: WebhookChanges,
  ) {}

  @Post()
  @HttpCode(201)
  @Authenticated('webhooks:write')
  @LimitWrites()
  @Idempotent({ secret: 'secret' })
  @SerializeOptions({ schema: webhookResponse })
  async create(
    @CurrentActor() actor: Actor,
    @Body({ schema: createWebhookBody }) body: CreateWebhookBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookResponse> {
    const { webhook, generatedSecret } = await this.webhooks.create(actor, body);
    const answer = toWebhookResponse(webhook, generatedSecret);
    response.setHeader('Location', `/v1/webhooks/${answer.id}`);
    response.setHeader('ETag', etagOfWebhook(webhook));
    return answer;
  }

  @Get()
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: webhookList })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: webhookListQuery }) query: WebhookListQuery,
  ): Promise<{ webhooks: WebhookResponse[]; next_cursor: string | null }> {
    const { items, nextCursor } = await this.webhooks.list(actor, query);
    return {
      webhooks: items.map((webhook) => toWebhookResponse(webhook)),
      next_cursor: nextCursor,
    };
  }

  @Get(':webhookId')
  @Authenticated('webhooks:read')
  @SerializeOptions({ schema: webhookResponse })
  async get(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Query({ schema: noQuery }) _query: object,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookResponse> {
    const webhook = await this.webhooks.get(actor, webhookId);
    response.setHeader('ETag', etagOfWebhook(webhook));
    return toWebhookResponse(webhook);
  }

  /** What is left out stays as it is; null clears `description` and has a new `secret` made. */
  @Put(':webhookId')
  @Authenticated('webhooks:write')
  @LimitWrites()
  @Idempotent({ secret: 'secret' })
  @SerializeOptions({ schema: webhookResponse })
  async update(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @Body({ schema: updateWebhookBody }) body: UpdateWebhookBody,
    @IfMatch() ifMatch: EntityTags | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookResponse> {
    const { webhook, generatedSecret } = await this.changes.update(actor, webhookId, body, {
      ifMatch,
      isIdempotent: idempotencyKey !== undefined,
    });
    response.setHeader('ETag', etagOfWebhook(webhook));
    return toWebhookResponse(webhook, generatedSecret);
  }

  @Delete(':webhookId')
  @HttpCode(204)
  @Authenticated('webhooks:write')
  @LimitWrites()
  async delete(
    @CurrentActor() actor: Actor,
    @Param('webhookId') webhookId: string,
    @IfMatch() ifMatch: EntityTags | undefined,
  ): Promise<void> {
    await this.changes.delete(actor, webhookId, ifMatch);
  }
}
