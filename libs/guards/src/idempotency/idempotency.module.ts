import { Clock, Database, LOGGER, type Logger, Periodic, type SecretBox } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnModuleInit,
} from '@nestjs/common';
import { IdempotencyStore } from './idempotency-store.js';

const pruneIntervalMs = 60_000;

/** Lets every feature write `@Idempotent()`. */
@Global()
@Module({})
export class IdempotencyModule implements OnModuleInit, BeforeApplicationShutdown {
  private readonly pruning = new Periodic(
    'idempotency-keys',
    pruneIntervalMs,
    (stop) => this.store.prune(stop),
    this.logger,
  );

  constructor(
    private readonly store: IdempotencyStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param box seals answers that hold a secret */
  static forRoot(box: SecretBox): DynamicModule {
    return {
      module: IdempotencyModule,
      providers: [
        {
          provide: IdempotencyStore,
          useFactory: (database: Database, clock: Clock) =>
            new IdempotencyStore(database, box, clock),
          inject: [Database, Clock],
        },
      ],
      exports: [IdempotencyStore],
    };
  }

  onModuleInit(): void {
    this.pruning.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.pruning.stop();
  }
}
