import { Clock, type EntityTags, etagOf, IfMatch } from '#libs/foundation';
import { type Actor, Authenticated, CurrentActor, Idempotent } from '#libs/guards';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
  SerializeOptions,
} from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { AppChanges } from './app-changes.service.js';
import { AppRegistration } from './app-registration.service.js';
import { etagOfApp, toApp, toCreatedApp } from './app-response.js';
import {
  appResponse,
  createAppBody,
  type CreateAppBody,
  createdAppResponse,
  listAppsQuery,
  type ListAppsQuery,
  listAppsResponse,
  updateAppBody,
  type UpdateAppBody,
} from './apps.dto.js';
import { AppsQuery } from './apps.query.js';

@Controller('v1/platform/apps')
export class AppsController {
  constructor(
    private readonly registration: AppRegistration,
    private readonly apps: AppsQuery,
    private readonly changes: AppChanges,
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
    const app = toApp(view, this.clock.now());
    response.setHeader('ETag', etagOfApp(view, app));
    return app;
  }

  /** An admin's: it may replace what the app proves itself with, as `rotate-secret` does. */
  @Patch(':client_id')
  @Authenticated('platform:apps:write', { role: 'admin' })
  @SerializeOptions({ schema: appResponse })
  async update(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Body({ schema: updateAppBody }) body: UpdateAppBody,
    @IfMatch() ifMatch: EntityTags | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof appResponse>> {
    const view = await this.changes.update(actor, clientId, body, ifMatch);
    response.setHeader('ETag', etagOf(view.app.version));
    return toApp(view, this.clock.now());
  }

  @Delete(':client_id')
  @HttpCode(204)
  @Authenticated('platform:apps:write', { role: 'admin' })
  async delete(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @IfMatch() ifMatch: EntityTags | undefined,
  ): Promise<void> {
    await this.changes.delete(actor, clientId, ifMatch);
  }
}
