import { LOGGER, type Logger } from '#libs/foundation';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { PostgresBackend } from './postgres.backend.js';
import { Queues } from './queues.js';
import { RedisBackend } from './redis.backend.js';

export interface QueuesModuleOptions {
  /** Redis where it is set, else PostgreSQL. */
  redisUrl: string | undefined;
  redisKeyPrefix: string;
  databaseUrl: string;
  schema: string;
}

@Global()
@Module({})
export class QueuesModule implements OnApplicationShutdown {
  constructor(@Inject(Queues) private readonly queues: Queues) {}

  static forRoot(options: QueuesModuleOptions): DynamicModule {
    const { redisUrl, redisKeyPrefix, databaseUrl, schema } = options;
    return {
      module: QueuesModule,
      providers: [
        {
          provide: Queues,
          useFactory: async (logger: Logger) =>
            new Queues(
              redisUrl === undefined
                ? new PostgresBackend(databaseUrl, schema, logger)
                : await RedisBackend.connect(redisUrl, redisKeyPrefix, logger),
              logger,
            ),
          inject: [LOGGER],
        },
      ],
      exports: [Queues],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
  }
}
