import { Redis } from 'ioredis';
import { reasonOf, StartError } from '../start-error.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** Throws a `StartError` where no Redis answers at this URL. */
export async function reachRedis(url: string): Promise<void> {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url))
    throw new StartError(
      'REDIS_URL is not a Redis URL: it looks like redis://user:password@host:6379, or leave it out to use PostgreSQL instead.',
    );
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  // Its own rejections say only that the connection is closed; the event says why.
  let reason: unknown;
  redis.on('error', (error) => (reason = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw new StartError(
      `The Redis at ${new URL(url).host} cannot be used (${reasonOf(reason ?? error)}): start it or correct REDIS_URL, or leave REDIS_URL out to use PostgreSQL instead.`,
    );
  } finally {
    redis.disconnect();
  }
}
