import { Module } from '@nestjs/common';
import { BundlesModule } from '../bundles/index.js';
import { IdentityModule } from '../identity/index.js';
import { OAuthModule } from '../oauth/index.js';
import { cliCommands } from './cli/commands.js';
import { HealthController } from './health/health.controller.js';

@Module({
  imports: [BundlesModule, IdentityModule, OAuthModule],
  controllers: [HealthController],
  providers: [...cliCommands],
  exports: [...cliCommands],
})
export class OpsModule {}
