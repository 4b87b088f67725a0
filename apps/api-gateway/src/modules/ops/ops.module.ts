import { MetricsController } from '#libs/foundation';
import { Module } from '@nestjs/common';
import { BundlesModule } from '../bundles/index.js';
import { HealthController } from './health/health.controller.js';

@Module({ imports: [BundlesModule], controllers: [HealthController, MetricsController] })
export class OpsModule {}
