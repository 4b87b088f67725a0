import { Clock, Database, LOGGER, type Logger, type SecretBox } from '#libs/foundation';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { IdempotencyStore } from './idempotency-store.js';

const pruneIntervalMs = 60_000;

/** Lets every feature write `@Idempotent()`. */
@Global()
@Module({})
export class IdempotencyModule implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

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
    this.timer = setInterval(() => {
      this.store
        .prune()
        .catch((error: unknown) =>
          this.logger.warn({ err: error }, 'cannot prune idempotency keys'),
        );
    }, pruneIntervalMs);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
