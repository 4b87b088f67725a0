import { MetricsController } from '#libs/foundation';
import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/index.js';
import { BundlesModule } from '../bundles/index.js';
import { IdentityModule } from '../identity/index.js';
import { JwksModule } from '../jwks/index.js';
import { OAuthModule } from '../oauth/index.js';
import { WebhooksModule } from '../webhooks/index.js';
import { cliCommands } from './cli/commands.js';
import { HealthController } from './health/health.controller.js';
import { KeyChanges } from './keys/key-changes.js';
import { KeyMaintenance } from './keys/key-maintenance.job.js';
import { Reseal } from './keys/reseal.js';

@Module({
  imports: [AccountsModule, BundlesModule, IdentityModule, JwksModule, OAuthModule, WebhooksModule],
  controllers: [HealthController, MetricsController],
  providers: [...cliCommands, KeyChanges, KeyMaintenance, Reseal],
  exports: [...cliCommands],
})
export class OpsModule {}
