import { type Actor, Authenticated, CurrentActor, Operator } from '#libs/guards';
import { Controller, Get, Param, Query, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import {
  type AuditLogFilter,
  auditLogQuery,
  auditLogResponse,
  toAuditEntry,
} from './audit-log.dto.js';
import { AuditLogQuery } from './audit-log.query.js';

@Controller()
export class AuditLogController {
  constructor(private readonly log: AuditLogQuery) {}

  @Get('v1/platform/audit-log')
  @Authenticated('platform:audit:read', { role: 'admin' })
  @SerializeOptions({ schema: auditLogResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: auditLogQuery }) filter: AuditLogFilter,
  ): Promise<z.output<typeof auditLogResponse>> {
    return this.page(actor.tenantId, filter);
  }

  /** Of any tenant, and of `system`, which concerns none. */
  @Get('v1/audit-log/:tenant_id')
  @Operator('operator:audit')
  @SerializeOptions({ schema: auditLogResponse })
  async listForOperator(
    @Param('tenant_id') tenantId: string,
    @Query({ schema: auditLogQuery }) filter: AuditLogFilter,
  ): Promise<z.output<typeof auditLogResponse>> {
    return this.page(tenantId, filter);
  }

  private async page(
    tenantId: string,
    filter: AuditLogFilter,
  ): Promise<z.output<typeof auditLogResponse>> {
    const { items, nextCursor } = await this.log.list(tenantId, filter);
    return { entries: items.map((entry) => toAuditEntry(entry)), next_cursor: nextCursor };
  }
}
