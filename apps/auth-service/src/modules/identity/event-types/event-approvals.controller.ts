import {
  type Actor,
  Authenticated,
  CurrentActor,
  CurrentOperator,
  Operator,
  type OperatorActor,
} from '#libs/guards';
import { Controller, Delete, Get, HttpCode, Param, Put, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { type EventApproval, EventApprovals } from './event-approvals.service.js';
import {
  eventApprovalResponse,
  eventTypeName,
  listEventApprovalsResponse,
} from './event-types.dto.js';

type ApprovalResponse = z.output<typeof eventApprovalResponse>;

@Controller()
export class EventApprovalsController {
  constructor(private readonly approvals: EventApprovals) {}

  @Get('v1/platform/apps/:client_id/event-approvals')
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: listEventApprovalsResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
  ): Promise<z.output<typeof listEventApprovalsResponse>> {
    const approvals = await this.approvals.list(actor, clientId);
    return { approvals: approvals.map((approval) => toApproval(approval)) };
  }

  @Put('v1/platform/apps/:client_id/event-approvals/:event_type')
  @Authenticated('platform:governance:write', { role: 'admin' })
  @SerializeOptions({ schema: eventApprovalResponse })
  async approve(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('event_type', { schema: eventTypeName }) eventType: string,
  ): Promise<ApprovalResponse> {
    const by = { ...actor, reviews: false };
    return toApproval(await this.approvals.approve(by, clientId, eventType));
  }

  @Delete('v1/platform/apps/:client_id/event-approvals/:event_type')
  @HttpCode(204)
  @Authenticated('platform:governance:write', { role: 'admin' })
  async withdraw(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('event_type', { schema: eventTypeName }) eventType: string,
  ): Promise<void> {
    await this.approvals.withdraw({ ...actor, reviews: false }, clientId, eventType);
  }

  /** What Knogin reviews. */
  @Put('v1/tenants/:tenant_id/apps/:client_id/event-approvals/:event_type')
  @Operator('operator:grants')
  @SerializeOptions({ schema: eventApprovalResponse })
  async review(
    @CurrentOperator() { name, request }: OperatorActor,
    @Param('tenant_id') tenantId: string,
    @Param('client_id') clientId: string,
    @Param('event_type', { schema: eventTypeName }) eventType: string,
  ): Promise<ApprovalResponse> {
    const by = { tenantId, subject: name, kind: 'operator', request, reviews: true };
    return toApproval(await this.approvals.approve(by, clientId, eventType));
  }
}

function toApproval(approval: EventApproval): ApprovalResponse {
  return {
    client_id: approval.app_id,
    event_type: approval.event_type,
    approved_by: approval.approved_by,
    approved_at: approval.approved_at.toISOString(),
  };
}
