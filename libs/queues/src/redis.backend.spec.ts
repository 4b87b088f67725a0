import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { createLogger } from '#libs/foundation';
import { Loopback } from '#libs/testing';
import { Queues } from './queues.js';
import { RedisBackend } from './redis.backend.js';

const logger = createLogger({ name: 'test', level: 'silent' });

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const loopback = await Loopback.listen(createServer());
  const { port } = loopback;
  await loopback.close();
  return port;
}

describe('queues while Redis is away', () => {
  it('start, and neither wake-ups nor workers nor the end wait for it', async () => {
    const url = `redis://127.0.0.1:${await closedPort()}`;
    const queues = new Queues(await RedisBackend.connect(url, 'test', logger), logger);

    await queues.consume('work', 1, () => Promise.resolve());
    await queues.wake('work', [{ key: 'a', data: {}, priority: 1 }]);
    await expect(queues.schedule('work', 500)).rejects.toThrow('the queue does not answer');
    await queues.close();
  });

  const redisUrl = process.env['REDIS_URL'];
  (redisUrl ? it : it.skip)('work as soon as it is there', async () => {
    const target = new URL(redisUrl ?? '');
    const port = await closedPort();
    const prefix = `test-${process.pid}`;
    const url = `redis://127.0.0.1:${port}${target.pathname}`;
    const queues = new Queues(await RedisBackend.connect(url, prefix, logger), logger);
    const { promise: worked, resolve } = Promise.withResolvers<unknown>();
    const done = jest.fn(resolve);
    await queues.consume('work', 1, async (data) => done(data));

    const proxy: Server = createServer((socket) => {
      const upstream = connect(Number(target.port), target.hostname);
      socket.pipe(upstream).pipe(socket);
      socket.once('close', () => upstream.destroy()).on('error', () => undefined);
      upstream.once('close', () => socket.destroy()).on('error', () => undefined);
    });
    proxy.listen(port, '127.0.0.1');
    await once(proxy, 'listening');
    while (done.mock.calls.length === 0) {
      await queues.wake('work', [{ key: 'a', data: { id: '1' }, priority: 1 }]);
      await new Promise((next) => setImmediate(next));
    }

    await expect(worked).resolves.toEqual({ id: '1' });
    await queues.close();
    proxy.close();
  });
});
