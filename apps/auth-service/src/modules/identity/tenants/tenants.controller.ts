import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, Get, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { TenantChanges } from './tenant-changes.service.js';
import { toAdministrator } from './tenant-administrator.js';
import {
  createTenantBody,
  type CreateTenantBody,
  listTenantsQuery,
  type ListTenantsQuery,
  listTenantsResponse,
  tenantResponse,
  toTenant,
  updateTenantBody,
  type UpdateTenantBody,
} from './tenants.dto.js';
import { TenantsQuery } from './tenants.query.js';
import { TenantsService } from './tenants.service.js';

/** Tenants, on the operator listener. */
@Controller('v1/tenants')
export class TenantsController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly changes: TenantChanges,
    private readonly query: TenantsQuery,
  ) {}

  @Post()
  @Operator('operator:tenants')
  @SerializeOptions({ schema: tenantResponse })
  async create(
    @CurrentOperator() operator: OperatorActor,
    @Body({ schema: createTenantBody }) { slug, name }: CreateTenantBody,
  ): Promise<z.output<typeof tenantResponse>> {
    const input = { slug, ...(name === undefined ? {} : { name }) };
    return toTenant(await this.tenants.create(toAdministrator(operator), input));
  }

  @Get()
  @Operator('operator:tenants')
  @SerializeOptions({ schema: listTenantsResponse })
  async list(
    @Query({ schema: listTenantsQuery }) query: ListTenantsQuery,
  ): Promise<z.output<typeof listTenantsResponse>> {
    const { items, nextCursor } = await this.query.list(query);
    return { tenants: items.map((tenant) => toTenant(tenant)), next_cursor: nextCursor };
  }

  @Get(':tenant_id')
  @Operator('operator:tenants')
  @SerializeOptions({ schema: tenantResponse })
  async get(@Param('tenant_id') tenantId: string): Promise<z.output<typeof tenantResponse>> {
    return toTenant(await this.query.get(tenantId));
  }

  @Patch(':tenant_id')
  @Operator('operator:tenants')
  @SerializeOptions({ schema: tenantResponse })
  async update(
    @CurrentOperator() operator: OperatorActor,
    @Param('tenant_id') tenantId: string,
    @Body({ schema: updateTenantBody }) body: UpdateTenantBody,
  ): Promise<z.output<typeof tenantResponse>> {
    return toTenant(await this.changes.update(toAdministrator(operator), tenantId, body));
  }
}
