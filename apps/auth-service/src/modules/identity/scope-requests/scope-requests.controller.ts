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
import type { z } from 'zod';
import {
  createScopeRequestBody,
  type CreateScopeRequestBody,
  listScopeRequestsQuery,
  type ListScopeRequestsQuery,
  listScopeRequestsResponse,
  scopeRequestResponse,
  type ScopeRequestResponse,
  toScopeRequest,
} from './scope-requests.dto.js';
import { ScopeRequests } from './scope-requests.service.js';

@Controller('v1/platform/apps/:client_id/scope-requests')
export class ScopeRequestsController {
  constructor(private readonly requests: ScopeRequests) {}

  @Post()
  @Authenticated('platform:apps:write')
  @Idempotent()
  @SerializeOptions({ schema: scopeRequestResponse })
  async create(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Body({ schema: createScopeRequestBody }) body: CreateScopeRequestBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ScopeRequestResponse> {
    const created = toScopeRequest(await this.requests.create(actor, clientId, body));
    response.setHeader('Location', `/v1/platform/apps/${clientId}/scope-requests/${created.id}`);
    return created;
  }

  @Get()
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: listScopeRequestsResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Query({ schema: listScopeRequestsQuery }) query: ListScopeRequestsQuery,
  ): Promise<z.output<typeof listScopeRequestsResponse>> {
    const { items, nextCursor } = await this.requests.list(actor, clientId, query);
    return {
      scope_requests: items.map((request) => toScopeRequest(request)),
      next_cursor: nextCursor,
    };
  }

  @Get(':request_id')
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: scopeRequestResponse })
  async get(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('request_id') requestId: string,
  ): Promise<ScopeRequestResponse> {
    return toScopeRequest(await this.requests.get(actor, clientId, requestId));
  }

  @Post(':request_id/approve')
  @HttpCode(200)
  @Authenticated('platform:governance:write', { role: 'admin' })
  @SerializeOptions({ schema: scopeRequestResponse })
  async approve(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('request_id') requestId: string,
  ): Promise<ScopeRequestResponse> {
    const decider = { ...actor, reviews: false };
    return toScopeRequest(await this.requests.decide(decider, clientId, requestId, 'approved'));
  }

  @Post(':request_id/deny')
  @HttpCode(200)
  @Authenticated('platform:governance:write', { role: 'admin' })
  @SerializeOptions({ schema: scopeRequestResponse })
  async deny(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('request_id') requestId: string,
  ): Promise<ScopeRequestResponse> {
    const decider = { ...actor, reviews: false };
    return toScopeRequest(await this.requests.decide(decider, clientId, requestId, 'denied'));
  }
}
