import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Clock } from './clock.js';
import { Drain } from './http/drain.js';
import { Ids } from './ids/ids.js';
import { LOGGER, type Logger } from './logging/logger.js';
import { Metrics } from './metrics.js';

/** What every module may inject: time, ids and the log. */
@Global()
@Module({})
export class FoundationModule {
  static forRoot({ clock, logger }: { clock: Clock; logger: Logger }): DynamicModule {
    return {
      module: FoundationModule,
      imports: [DiscoveryModule],
      providers: [
        { provide: Clock, useValue: clock },
        { provide: Ids, useValue: new Ids(clock) },
        { provide: LOGGER, useValue: logger },
        Metrics,
        Drain,
      ],
      exports: [Clock, Ids, LOGGER, Metrics, Drain, DiscoveryModule],
    };
  }
}
