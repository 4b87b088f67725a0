import { createHash } from 'node:crypto';
import { etagOf } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor } from '#libs/guards';
import { Controller, Get, Header, Headers, Res, SerializeOptions } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { AuthConfig } from '../../../config.js';
import { preferredLanguage } from './preferred-language.js';
import { ScopeCatalogue } from './scope-catalogue.js';
import { listScopesResponse, toScope } from './scopes.dto.js';

@Controller('v1/platform/scopes')
export class ScopesController {
  constructor(
    private readonly catalogue: ScopeCatalogue,
    private readonly config: AuthConfig,
  ) {}

  @Get()
  @Authenticated('platform:scopes:read')
  @Header('Cache-Control', 'private, max-age=60')
  @Header('Vary', 'Accept-Language, Authorization')
  @SerializeOptions({ schema: listScopesResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Headers('accept-language') acceptLanguage: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof listScopesResponse>> {
    const language = preferredLanguage(acceptLanguage);
    const available = await this.catalogue.availableTo(actor.tenantId);
    const body = {
      scopes: available.map((scope) => toScope(scope, this.config.resourceUrls, language)),
    };
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
    response.setHeader('ETag', etagOf(digest.slice(0, 22)));
    return body;
  }
}
