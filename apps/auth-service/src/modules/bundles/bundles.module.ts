import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { GrantsService } from './grants.service.js';
import { ShippedBundles } from './shipped-bundles.js';

/** The registry of approved GraphQL operations: bundles, versions, grants. The gateway executes; this decides. */
@Module({
  imports: [IdentityModule],
  providers: [GrantsService, ShippedBundles],
  exports: [GrantsService],
})
export class BundlesModule {}
