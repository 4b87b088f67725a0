import { type Actor, Authenticated, CurrentActor } from '#libs/guards';
import { Body, Controller, Get, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import {
  apolloManifest,
  checkBody,
  checkResponse,
  operationBundleResponse,
  operationBundlesResponse,
  relayManifest,
  toApolloManifest,
  toBundle,
  toRelayManifest,
  toSummary,
} from './operation-bundles.dto.js';
import { OperationBundles } from './operation-bundles.service.js';

const SCOPE = 'platform:apps:read';

/** The bundles of one app, for the partner who builds it and for the app itself. Where it holds none, nothing is here. */
@Controller('v1/platform/apps/:client_id/operation-bundles')
export class OperationBundlesController {
  constructor(private readonly bundles: OperationBundles) {}

  @Get()
  @Authenticated(SCOPE, { apps: true })
  @SerializeOptions({ schema: operationBundlesResponse })
  async list(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
  ): Promise<z.output<typeof operationBundlesResponse>> {
    const versions = await this.bundles.list(actor, clientId);
    return { operation_bundles: versions.map(toSummary) };
  }

  @Post('check')
  @HttpCode(200)
  @Authenticated(SCOPE, { apps: true })
  @SerializeOptions({ schema: checkResponse })
  async check(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Body({ schema: checkBody }) body: z.output<typeof checkBody>,
  ): Promise<z.output<typeof checkResponse>> {
    return this.bundles.check(actor, clientId, body);
  }

  @Get(':name/:version')
  @Authenticated(SCOPE, { apps: true })
  @SerializeOptions({ schema: operationBundleResponse })
  async get(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('name') name: string,
    @Param('version') version: string,
  ): Promise<z.output<typeof operationBundleResponse>> {
    return toBundle(await this.bundles.get(actor, clientId, { name, version }));
  }

  @Get(':name/:version/manifest.json')
  @Authenticated(SCOPE, { apps: true })
  @SerializeOptions({ schema: apolloManifest })
  async apollo(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('name') name: string,
    @Param('version') version: string,
  ): Promise<z.output<typeof apolloManifest>> {
    return toApolloManifest(await this.bundles.get(actor, clientId, { name, version }));
  }

  @Get(':name/:version/relay.json')
  @Authenticated(SCOPE, { apps: true })
  @SerializeOptions({ schema: relayManifest })
  async relay(
    @CurrentActor() actor: Actor,
    @Param('client_id') clientId: string,
    @Param('name') name: string,
    @Param('version') version: string,
  ): Promise<Record<string, string>> {
    return toRelayManifest(await this.bundles.get(actor, clientId, { name, version }));
  }
}
