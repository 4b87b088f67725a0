import type { Logger } from '#libs/foundation';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import pg from 'pg';
import {
  type JobHandler,
  type QueueBackend,
  queueOptions,
  toProcessor,
  workerOptions,
} from './queue-backend.js';

/** Each worker keeps one connection to LISTEN on; the others run the statements. */
const POOL_SIZE = 12;

/** BullMQ on PostgreSQL: the embedded default, where there is no Redis. */
export class PostgresBackend implements QueueBackend {
  /** The application does nothing without its database; a pool that is away fails by itself. */
  readonly isUp = true;
  private readonly pool: pg.Pool;

  /** @param schema of BullMQ's tables, migrated already */
  constructor(databaseUrl: string, schema: string, logger: Logger) {
    this.pool = new pg.Pool({
      connectionString: databaseUrl,
      max: POOL_SIZE,
      keepAlive: true,
      application_name: 'knogin-queue',
      // BullMQ's statements name no schema.
      options: `-c search_path=${schema},public`,
    });
    // Every queue and worker listens for errors of the pool they share.
    this.pool.setMaxListeners(0);
    this.pool.on('error', (error) => logger.warn({ err: error }, 'queue connection failed'));
  }

  createQueue(name: string): Queue {
    // BullMQ types its classes by the Redis connection; the backend takes the pool.
    return new Queue(
      name,
      { ...queueOptions, connection: this.pool },
      createPostgresBackend as never,
    );
  }

  createWorker(name: string, concurrency: number, handler: JobHandler): Worker {
    return new Worker(
      name,
      toProcessor(handler),
      { ...workerOptions, connection: this.pool, concurrency },
      createPostgresBackend as never,
    );
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
