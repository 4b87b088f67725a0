import type { Logger } from '#libs/foundation';
import { createRedisBackend, Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import {
  type JobHandler,
  type QueueBackend,
  queueOptions,
  toProcessor,
  workerOptions,
} from './queue-backend.js';

/** BullMQ on Redis. Losing it loses nothing: the tick wakes what is due, from our tables. */
export class RedisBackend implements QueueBackend {
  private readonly producer: Redis;
  /** Of the workers; opened with the first of them. */
  private consumer: Redis | undefined;

  private constructor(
    private readonly url: string,
    private readonly prefix: string,
    private readonly logger: Logger,
  ) {
    // A wake-up must not hang its caller on a Redis that is gone.
    this.producer = this.open({
      maxRetriesPerRequest: 1,
      commandTimeout: 2_000,
      lazyConnect: true,
    });
  }

  /**
   * Redis may come and go, at the start as well: an operator revokes a key without it.
   * @param prefix of every key, so that instances can share a Redis
   */
  static async connect(url: string, prefix: string, logger: Logger): Promise<RedisBackend> {
    const backend = new RedisBackend(url, prefix, logger);
    // It is logged, and ioredis tries again by itself.
    await backend.producer.connect().catch(() => undefined);
    return backend;
  }

  get isUp(): boolean {
    return this.producer.status === 'ready';
  }

  createQueue(name: string): Queue {
    return new Queue(
      name,
      { ...queueOptions, connection: this.producer, prefix: this.prefix },
      createRedisBackend,
    );
  }

  createWorker(name: string, concurrency: number, handler: JobHandler): Worker {
    // Not lazy: of a lazy connection whose first attempt fails BullMQ never hears again.
    this.consumer ??= this.open({ maxRetriesPerRequest: null });
    return new Worker(
      name,
      toProcessor(handler),
      { ...workerOptions, connection: this.consumer, prefix: this.prefix, concurrency },
      createRedisBackend,
    );
  }

  async close(): Promise<void> {
    this.producer.disconnect();
    this.consumer?.disconnect();
    return Promise.resolve();
  }

  private open(options: RedisOptions): Redis {
    const connection = new Redis(this.url, options);
    return connection.on('error', (error) =>
      this.logger.warn({ err: error }, 'redis connection failed'),
    );
  }
}
