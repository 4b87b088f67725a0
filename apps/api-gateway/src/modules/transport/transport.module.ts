import { Module } from '@nestjs/common';
import { BundlesModule } from '../bundles/index.js';
import { UsageModule } from '../usage/index.js';
import { GraphQLHandler } from './graphql.handler.js';
import { OperationLimits } from './operation-limits.js';
import { Pipeline } from './pipeline.js';
import { ProtectedResourceController } from './protected-resource.controller.js';
import { TransportMetrics } from './transport-metrics.js';

/** `/graphql` and what describes it to clients. */
@Module({
  imports: [BundlesModule, UsageModule],
  controllers: [ProtectedResourceController],
  providers: [GraphQLHandler, OperationLimits, Pipeline, TransportMetrics],
  exports: [GraphQLHandler],
})
export class TransportModule {}
