import { Clock, Database } from '#libs/foundation';
import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  SerializeOptions,
} from '@nestjs/common';
import type { z } from 'zod';
import { toAdministrator } from '../../identity/index.js';
import { getGrant, listGrants } from './grant.query.js';
import {
  createGrantBody,
  type CreateGrantBody,
  grantResponse,
  type GrantResponse,
  grantsResponse,
  listGrantsQuery,
  type ListGrantsQuery,
  toGrant,
} from './grants.dto.js';
import { GrantsService } from './grants.service.js';

/** Who may run which bundle, on the operator listener. */
@Controller('v1/grants')
export class GrantsController {
  constructor(
    private readonly grants: GrantsService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Operator('operator:grants')
  @SerializeOptions({ schema: grantsResponse })
  async list(
    @Query({ schema: listGrantsQuery }) query: ListGrantsQuery,
  ): Promise<z.output<typeof grantsResponse>> {
    const rows = await listGrants(this.database, query);
    return { grants: rows.map((row) => toGrant(row, this.clock.date())) };
  }

  @Post()
  @Operator('operator:grants')
  @SerializeOptions({ schema: grantResponse })
  async create(
    @CurrentOperator() actor: OperatorActor,
    @Body({ schema: createGrantBody }) body: CreateGrantBody,
  ): Promise<GrantResponse> {
    const id = await this.grants.create(toAdministrator(actor), {
      clientId: body.client_id,
      bundle: body.bundle,
      versionRange: body.version_range,
      tenantId: body.tenant_id,
      validFrom: body.valid_from,
      validUntil: body.valid_until,
      requestId: body.request_id,
      costBurst: body.cost_burst,
      costPerSecond: body.cost_per_second,
    });
    return this.read(id);
  }

  @Post(':id/suspend')
  @HttpCode(200)
  @Operator('operator:grants')
  @SerializeOptions({ schema: grantResponse })
  async suspend(
    @CurrentOperator() actor: OperatorActor,
    @Param('id') id: string,
  ): Promise<GrantResponse> {
    await this.grants.change(toAdministrator(actor), id, 'suspend');
    return this.read(id);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Operator('operator:grants')
  @SerializeOptions({ schema: grantResponse })
  async resume(
    @CurrentOperator() actor: OperatorActor,
    @Param('id') id: string,
  ): Promise<GrantResponse> {
    await this.grants.change(toAdministrator(actor), id, 'resume');
    return this.read(id);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @Operator('operator:grants')
  @SerializeOptions({ schema: grantResponse })
  async revoke(
    @CurrentOperator() actor: OperatorActor,
    @Param('id') id: string,
  ): Promise<GrantResponse> {
    await this.grants.change(toAdministrator(actor), id, 'revoke');
    return this.read(id);
  }

  private async read(id: string): Promise<GrantResponse> {
    return toGrant(await getGrant(this.database, id), this.clock.date());
  }
}
