import { Clock } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor, Idempotent } from '#libs/guards';
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
import { policyOf } from '../apps/app-response.js';
import { AppsQuery } from '../apps/apps.query.js';
import { ClientSecrets } from './client-secrets.service.js';
import {
  listSecretsResponse,
  rotateBody,
  type RotateBody,
  rotateResponse,
  toSecrets,
} from './secrets.dto.js';

@Controller('v1/platform/apps/:client_id')
export class SecretsController {
  constructor(
    private readonly secrets: ClientSecrets,
    private readonly apps: AppsQuery,
    private readonly clock: Clock,
  ) {}

  @Post('rotate-secret')
  @HttpCode(200)
  @Authenticated('platform:secrets:rotate', { role: 'admin' })
  @Idempotent({ secret: true })
  @SerializeOptions({ schema: rotateResponse })
  async rotate(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Body({ schema: rotateBody }) body: RotateBody,
  ): Promise<z.output<typeof rotateResponse>> {
    const rotation = await this.secrets.rotate(actor, clientId, body);
    return {
      client_id: rotation.clientId,
      client_secret: rotation.clientSecret,
      secret_id: rotation.secretId,
      previous: rotation.previous.map(({ id, expiresAt }) => ({
        id,
        expires_at: expiresAt.toISOString(),
      })),
      revoked: [...rotation.revoked],
    };
  }

  @Get('secrets')
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: listSecretsResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
  ): Promise<z.output<typeof listSecretsResponse>> {
    const view = await this.apps.get(actor, clientId);
    return { secrets: toSecrets(view.secrets, policyOf(view), this.clock.now()) };
  }

  @Delete('secrets/:secret_id')
  @HttpCode(204)
  @Authenticated('platform:secrets:rotate', { role: 'admin' })
  async delete(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('secret_id') secretId: string,
  ): Promise<void> {
    await this.secrets.delete(actor, clientId, secretId);
  }
}
