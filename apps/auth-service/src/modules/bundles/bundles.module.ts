import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { GrantsController } from './grants/grants.controller.js';
import { GrantsService } from './grants/grants.service.js';
import { OperationBundlesController } from './partner/operation-bundles.controller.js';
import { OperationBundles } from './partner/operation-bundles.service.js';
import { BundleVersions } from './registry/bundle-versions.service.js';
import { BundlesController } from './registry/bundles.controller.js';
import { OperationSwitch } from './registry/operation-switch.service.js';
import { Schemas } from './registry/schemas.js';
import { ShippedBundles } from './registry/shipped-bundles.js';
import { UpstreamChanges } from './upstreams/upstream-changes.service.js';
import { UpstreamsController } from './upstreams/upstreams.controller.js';
import { UpstreamsService } from './upstreams/upstreams.service.js';

/** The registry of approved GraphQL operations: bundles, versions, grants. The gateway executes; this decides. */
@Module({
  imports: [IdentityModule],
  controllers: [
    BundlesController,
    GrantsController,
    OperationBundlesController,
    UpstreamsController,
  ],
  providers: [
    BundleVersions,
    GrantsService,
    OperationBundles,
    OperationSwitch,
    Schemas,
    ShippedBundles,
    UpstreamChanges,
    UpstreamsService,
  ],
  exports: [
    BundleVersions,
    GrantsService,
    OperationSwitch,
    Schemas,
    UpstreamChanges,
    UpstreamsService,
  ],
})
export class BundlesModule {}
