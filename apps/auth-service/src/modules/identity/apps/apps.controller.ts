import { Clock, etagOf } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor, Idempotent } from '#libs/guards';
import { Body, Controller, Get, Param, Post, Query, Res, SerializeOptions } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { AppRegistration } from './app-registration.service.js';
import { toApp, toCreatedApp } from './app-response.js';
import {
  appResponse,
  createAppBody,
  type CreateAppBody,
  createdAppResponse,
  listAppsQuery,
  type ListAppsQuery,
  listAppsResponse,
} from './apps.dto.js';
import { AppsQuery } from './apps.query.js';

@Controller('v1/platform/apps')
export class AppsController {
  constructor(
    private readonly registration: AppRegistration,
    private readonly apps: AppsQuery,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Authenticated('platform:apps:write')
  @Idempotent({ secret: true })
  @SerializeOptions({ schema: createdAppResponse })
  async create(
    @CurrentActor() actor: Actor,
    @Body({ schema: createAppBody }) body: CreateAppBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof createdAppResponse>> {
    const { view, clientSecret } = await this.registration.create(actor, body);
    response.setHeader('Location', `/v1/platform/apps/${view.app.id}`);
    response.setHeader('ETag', etagOf(view.app.version));
    return toCreatedApp(view, clientSecret, this.clock.now());
  }

  @Get()
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: listAppsResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: listAppsQuery }) query: ListAppsQuery,
  ): Promise<z.output<typeof listAppsResponse>> {
    const { items, nextCursor } = await this.apps.list(actor, query);
    return {
      apps: items.map((view) => toApp(view, this.clock.now())),
      next_cursor: nextCursor,
    };
  }

  @Get(':client_id')
  @Authenticated('platform:apps:read')
  @SerializeOptions({ schema: appResponse })
  async get(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof appResponse>> {
    const view = await this.apps.get(actor, clientId);
    response.setHeader('ETag', etagOf(view.app.version));
    return toApp(view, this.clock.now());
  }
}
