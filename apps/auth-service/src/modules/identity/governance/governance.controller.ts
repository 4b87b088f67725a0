import { etagOf, type EntityTags, IfMatch } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor } from '#libs/guards';
import { Body, Controller, Param, Patch, Res, SerializeOptions } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { governancePatch, type GovernancePatch } from './governance-flags.js';
import { governanceResponse, toGovernance } from './governance-response.js';
import { GovernanceService } from './governance.service.js';

const updateResponse = z.strictObject({ client_id: z.string(), governance: governanceResponse });

@Controller('v1/platform/apps/:client_id/governance')
export class GovernanceController {
  constructor(private readonly governance: GovernanceService) {}

  @Patch()
  @Authenticated('platform:governance:write', { role: 'admin' })
  @SerializeOptions({ schema: updateResponse })
  async update(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Body({ schema: governancePatch }) patch: GovernancePatch,
    @IfMatch() ifMatch: EntityTags | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof updateResponse>> {
    const { app, policy } = await this.governance.update(actor, clientId, patch, ifMatch);
    response.setHeader('ETag', etagOf(app.version));
    return { client_id: app.id, governance: toGovernance(policy) };
  }
}
