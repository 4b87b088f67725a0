import { Database, LOGGER, type Logger, Notifications } from '#libs/foundation';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.js';
import { assertSchemaIsCurrent } from './schema-version.js';

/** The process's pool: TypeORM's repositories, prepared SQL, and notices on a connection of their own. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(Notifications) private readonly notifications: Notifications) {}

  static forRoot(databaseUrl: string, poolSize: number): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({ ...dataSourceOptions(databaseUrl, poolSize), retryAttempts: 0 }),
      ],
      providers: [
        {
          provide: Database,
          useFactory: async (dataSource: DataSource) => {
            await assertSchemaIsCurrent(dataSource);
            return new Database(dataSource);
          },
          inject: [DataSource],
        },
        {
          provide: Notifications,
          useFactory: (logger: Logger) => new Notifications(databaseUrl, logger),
          inject: [LOGGER],
        },
      ],
      exports: [Database, Notifications],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.notifications.close();
  }
}
