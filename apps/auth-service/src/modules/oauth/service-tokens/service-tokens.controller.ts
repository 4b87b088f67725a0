import { type PageQuery, pageQuery } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor, Idempotent } from '#libs/guards';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  SerializeOptions,
} from '@nestjs/common';
import type { z } from 'zod';
import {
  listServiceTokensResponse,
  mintBody,
  type MintBody,
  mintedResponse,
  toServiceToken,
  toWholeSeconds,
} from './service-tokens.dto.js';
import { ServiceTokens } from './service-tokens.service.js';

@Controller('v1/platform/apps/:client_id')
export class ServiceTokensController {
  constructor(private readonly tokens: ServiceTokens) {}

  @Post('service-token')
  @Authenticated('platform:service-tokens:mint', { role: 'admin' })
  @Idempotent({ secret: true })
  @SerializeOptions({ schema: mintedResponse })
  async mint(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Body({ schema: mintBody }) body: MintBody,
  ): Promise<z.output<typeof mintedResponse>> {
    const { token, record } = await this.tokens.mint(actor, clientId, body);
    return {
      token,
      expires_at: toWholeSeconds(record.expiresAt),
      id: record.id,
      scopes: record.scopes,
    };
  }

  @Get('service-tokens')
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: listServiceTokensResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Query({ schema: pageQuery }) query: PageQuery,
  ): Promise<z.output<typeof listServiceTokensResponse>> {
    const { items, nextCursor } = await this.tokens.list(actor, clientId, query);
    return {
      service_tokens: items.map((token) => toServiceToken(token)),
      next_cursor: nextCursor,
    };
  }

  @Delete('service-tokens/:token_id')
  @HttpCode(204)
  @Authenticated('platform:service-tokens:mint', { role: 'admin' })
  async revoke(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('token_id') tokenId: string,
  ): Promise<void> {
    await this.tokens.revoke(actor, clientId, tokenId);
  }
}
