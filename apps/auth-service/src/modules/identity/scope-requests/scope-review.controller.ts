import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Controller, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import {
  scopeRequestResponse,
  type ScopeRequestResponse,
  toScopeRequest,
} from './scope-requests.dto.js';
import { type Decision, ScopeRequests } from './scope-requests.service.js';

/** Operators decide what Knogin reviews. */
@Controller('v1/scope-requests/:request_id')
export class ScopeReviewController {
  constructor(private readonly requests: ScopeRequests) {}

  @Post('approve')
  @HttpCode(200)
  @Operator('operator:grants')
  @SerializeOptions({ schema: scopeRequestResponse })
  async approve(
    @CurrentOperator() operator: OperatorActor,
    @Param('request_id') requestId: string,
  ): Promise<ScopeRequestResponse> {
    return this.decide(operator, requestId, 'approved');
  }

  @Post('deny')
  @HttpCode(200)
  @Operator('operator:grants')
  @SerializeOptions({ schema: scopeRequestResponse })
  async deny(
    @CurrentOperator() operator: OperatorActor,
    @Param('request_id') requestId: string,
  ): Promise<ScopeRequestResponse> {
    return this.decide(operator, requestId, 'denied');
  }

  private async decide(
    { name, request }: OperatorActor,
    requestId: string,
    decision: Decision,
  ): Promise<ScopeRequestResponse> {
    const { appId, tenantId } = await this.requests.find(requestId);
    const decider = { tenantId, subject: name, kind: 'operator', request, reviews: true };
    return toScopeRequest(await this.requests.decide(decider, appId, requestId, decision));
  }
}
