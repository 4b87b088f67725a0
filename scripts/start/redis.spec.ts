import { freePort } from '../ports.ts';
import { reachRedis } from './redis.ts';

describe('reachRedis', () => {
  it('says where it found none, without the password', async () => {
    const port = await freePort();

    await expect(reachRedis(`redis://:hidden@127.0.0.1:${port}`)).rejects.toThrow(
      `The Redis at 127.0.0.1:${port} cannot be used (ECONNREFUSED): start it or correct REDIS_URL, or leave REDIS_URL out to use PostgreSQL instead.`,
    );
  });

  it('recognises what is no Redis URL', async () => {
    await expect(reachRedis('127.0.0.1:6379')).rejects.toThrow(/^REDIS_URL is not a Redis URL: /);
  });
});
