import { DatabaseModule } from '#libs/entities';
import { type Clock, FoundationModule, type Logger } from '#libs/foundation';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { GatewayConfig } from './config.js';
import { BundlesModule } from './modules/bundles/index.js';
import { OperationsModule } from './modules/operations/index.js';
import { OpsModule } from './modules/ops/index.js';
import { TransportModule } from './modules/transport/index.js';

export interface AppOptions {
  config: GatewayConfig;
  clock: Clock;
  logger: Logger;
}

@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: GatewayConfig): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: GatewayConfig, useValue: config }],
      exports: [GatewayConfig],
    };
  }
}

/** api-gateway: approved GraphQL operations and nothing else. */
@Module({})
export class AppModule {
  static forRoot({ config, clock, logger }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        FoundationModule.forRoot({ clock, logger }),
        DatabaseModule.forRoot(config.databaseUrl, config.databasePoolSize),
        OperationsModule,
        BundlesModule,
        TransportModule,
        OpsModule,
      ],
    };
  }
}
