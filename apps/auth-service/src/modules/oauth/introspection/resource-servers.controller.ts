import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  SerializeOptions,
} from '@nestjs/common';
import type { z } from 'zod';
import {
  createdResourceServerResponse,
  createResourceServerBody,
  type CreateResourceServerBody,
  resourceServersResponse,
} from './resource-servers.dto.js';
import { ResourceServers } from './resource-servers.service.js';

/** Who may introspect tokens; on the operator listener. */
@Controller('v1/resource-servers')
export class ResourceServersController {
  constructor(private readonly servers: ResourceServers) {}

  @Post()
  @Operator('operator:catalogue')
  @SerializeOptions({ schema: createdResourceServerResponse })
  async create(
    @CurrentOperator() actor: OperatorActor,
    @Body({ schema: createResourceServerBody }) body: CreateResourceServerBody,
  ): Promise<z.output<typeof createdResourceServerResponse>> {
    return this.servers.create(actor, body);
  }

  @Get()
  @Operator('operator:catalogue')
  @SerializeOptions({ schema: resourceServersResponse })
  async list(): Promise<z.output<typeof resourceServersResponse>> {
    return { resource_servers: await this.servers.list() };
  }

  @Delete(':id')
  @Operator('operator:catalogue')
  @HttpCode(204)
  async delete(@CurrentOperator() actor: OperatorActor, @Param('id') id: string): Promise<void> {
    await this.servers.delete(actor, id);
  }
}
