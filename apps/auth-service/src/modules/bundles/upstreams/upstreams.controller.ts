import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, Get, Param, Patch, Post, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { toAdministrator } from '../../identity/index.js';
import {
  createUpstreamBody,
  type CreateUpstreamBody,
  toUpstream,
  updateUpstreamBody,
  type UpdateUpstreamBody,
  upstreamResponse,
  type UpstreamResponse,
  upstreamsResponse,
} from './upstreams.dto.js';
import { UpstreamChanges } from './upstream-changes.service.js';
import { UpstreamsService } from './upstreams.service.js';

/** Systems behind the gateway, on the operator listener. */
@Controller('v1/upstreams')
export class UpstreamsController {
  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly changes: UpstreamChanges,
  ) {}

  @Get()
  @Operator('operator:bundles')
  @SerializeOptions({ schema: upstreamsResponse })
  async list(): Promise<z.output<typeof upstreamsResponse>> {
    return { upstreams: (await this.upstreams.list()).map(toUpstream) };
  }

  @Post()
  @Operator('operator:bundles')
  @SerializeOptions({ schema: upstreamResponse })
  async create(
    @CurrentOperator() actor: OperatorActor,
    @Body({ schema: createUpstreamBody }) body: CreateUpstreamBody,
  ): Promise<UpstreamResponse> {
    return toUpstream(await this.upstreams.create(toAdministrator(actor), body));
  }

  @Patch(':id')
  @Operator('operator:bundles')
  @SerializeOptions({ schema: upstreamResponse })
  async update(
    @CurrentOperator() actor: OperatorActor,
    @Param('id') id: string,
    @Body({ schema: updateUpstreamBody }) body: UpdateUpstreamBody,
  ): Promise<UpstreamResponse> {
    return toUpstream(await this.changes.update(toAdministrator(actor), id, body));
  }
}
