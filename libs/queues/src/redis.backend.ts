import { ConfigError, type Logger } from '#libs/foundation';
import { createRedisBackend, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
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
  private readonly consumer: Redis;

  private constructor(
    url: string,
    private readonly prefix: string,
    logger: Logger,
  ) {
    // A wake-up must not hang its caller on a Redis that is gone.
    this.producer = new Redis(url, {
      maxRetriesPerRequest: 1,
      commandTimeout: 2_000,
      lazyConnect: true,
    });
    this.consumer = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
    for (const connection of [this.producer, this.consumer])
      connection.on('error', (error) => logger.warn({ err: error }, 'redis connection failed'));
  }

  /**
   * @param prefix of every key, so that instances can share a Redis
   * @throws ConfigError when Redis does not answer at the start; later it may come and go
   */
  static async connect(url: string, prefix: string, logger: Logger): Promise<RedisBackend> {
    const backend = new RedisBackend(url, prefix, logger);
    try {
      await backend.producer.connect();
    } catch (cause) {
      await backend.close();
      logger.debug({ err: cause }, 'redis did not answer at the start');
      throw new ConfigError(
        'Redis cannot be reached: check that REDIS_URL is right and that Redis is running, or unset it to do without.',
      );
    }
    return backend;
  }

  createQueue(name: string): Queue {
    return new Queue(
      name,
      { ...queueOptions, connection: this.producer, prefix: this.prefix },
      createRedisBackend,
    );
  }

  createWorker(name: string, concurrency: number, handler: JobHandler): Worker {
    return new Worker(
      name,
      toProcessor(handler),
      { ...workerOptions, connection: this.consumer, prefix: this.prefix, concurrency },
      createRedisBackend,
    );
  }

  async close(): Promise<void> {
    this.producer.disconnect();
    this.consumer.disconnect();
    return Promise.resolve();
  }
}
