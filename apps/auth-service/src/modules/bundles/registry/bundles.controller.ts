import { Database } from '#libs/foundation';
import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, Get, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { toAdministrator } from '../../identity/index.js';
import { BundleVersions } from './bundle-versions.service.js';
import {
  createVersionBody,
  type CreateVersionBody,
  deprecateBody,
  rejectBody,
  toOperation,
  toUsage,
  toVersion,
  usageResponse,
  versionDetailResponse,
  versionResponse,
  type VersionResponse,
  versionsResponse,
} from './bundles.dto.js';
import { OperationSwitch } from './operation-switch.service.js';
import { readUsage } from './usage.query.js';
import { getVersion, listOperations, listVersions } from './version.query.js';

const PATH = ':bundle/versions/:version';

/** Bundles and their versions, on the operator listener. */
@Controller('v1/bundles')
export class BundlesController {
  constructor(
    private readonly versions: BundleVersions,
    private readonly operations: OperationSwitch,
    private readonly database: Database,
  ) {}

  @Get()
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionsResponse })
  async list(): Promise<z.output<typeof versionsResponse>> {
    return { versions: (await listVersions(this.database)).map(toVersion) };
  }

  @Post()
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionResponse })
  async create(
    @CurrentOperator() actor: OperatorActor,
    @Body({ schema: createVersionBody }) { manifest, documents }: CreateVersionBody,
  ): Promise<VersionResponse> {
    const source = { manifest, documents: new Map(Object.entries(documents)) };
    return toVersion(await this.versions.create(toAdministrator(actor), source));
  }

  @Get(PATH)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionDetailResponse })
  async get(
    @Param('bundle') bundle: string,
    @Param('version') version: string,
  ): Promise<z.output<typeof versionDetailResponse>> {
    const row = await getVersion(this.database, bundle, version);
    const operations = await listOperations(this.database, [row.id]);
    return { ...toVersion(row), operations: operations.map(toOperation) };
  }

  @Post(`${PATH}/submit`)
  @HttpCode(200)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionResponse })
  async submit(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
  ): Promise<VersionResponse> {
    return toVersion(await this.versions.submit(toAdministrator(actor), { bundle, version }));
  }

  @Post(`${PATH}/approve`)
  @HttpCode(200)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionResponse })
  async approve(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
  ): Promise<VersionResponse> {
    return toVersion(await this.versions.approve(toAdministrator(actor), { bundle, version }));
  }

  @Post(`${PATH}/reject`)
  @HttpCode(200)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionResponse })
  async reject(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
    @Body({ schema: rejectBody }) { reason }: z.output<typeof rejectBody>,
  ): Promise<VersionResponse> {
    const name = { bundle, version };
    return toVersion(await this.versions.reject(toAdministrator(actor), name, reason));
  }

  @Post(`${PATH}/deprecate`)
  @HttpCode(200)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionResponse })
  async deprecate(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
    @Body({ schema: deprecateBody }) body: z.output<typeof deprecateBody>,
  ): Promise<VersionResponse> {
    const name = { bundle, version };
    return toVersion(await this.versions.deprecate(toAdministrator(actor), name, body.sunset_at));
  }

  @Post(`${PATH}/retire`)
  @HttpCode(200)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: versionResponse })
  async retire(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
  ): Promise<VersionResponse> {
    return toVersion(await this.versions.retire(toAdministrator(actor), { bundle, version }));
  }

  @Post(`${PATH}/operations/:operation/block`)
  @HttpCode(204)
  @Operator('operator:bundles')
  async block(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
    @Param('operation') operation: string,
  ): Promise<void> {
    await this.operations.block(toAdministrator(actor), { bundle, version }, operation);
  }

  @Post(`${PATH}/operations/:operation/unblock`)
  @HttpCode(204)
  @Operator('operator:bundles')
  async unblock(
    @CurrentOperator() actor: OperatorActor,
    @Param('bundle') bundle: string,
    @Param('version') version: string,
    @Param('operation') operation: string,
  ): Promise<void> {
    await this.operations.unblock(toAdministrator(actor), { bundle, version }, operation);
  }

  @Get(`${PATH}/usage`)
  @Operator('operator:bundles')
  @SerializeOptions({ schema: usageResponse })
  async usage(
    @Param('bundle') bundle: string,
    @Param('version') version: string,
  ): Promise<z.output<typeof usageResponse>> {
    const { id } = await getVersion(this.database, bundle, version);
    return { usage: (await readUsage(this.database, id)).map(toUsage) };
  }
}
