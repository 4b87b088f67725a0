import { randomBytes } from 'node:crypto';
import { createLogger } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { Redis } from 'ioredis';
import type { BackOffLimit } from './back-off.js';
import { RedisBackOff } from './redis-back-off.js';
import { RedisRateLimiter } from './redis-rate-limiter.js';
import { SharedCounters } from './shared-counters.js';

const logger = createLogger({ name: 'test', level: 'silent' });
const options = { enableOfflineQueue: false, commandTimeout: 200, maxRetriesPerRequest: 0 };
/** Longer than any test takes, so that nothing comes free in its middle. */
const limit = { name: 'client', perSecond: 0.1, burst: 40 };
const backOff: BackOffLimit = {
  freeFailures: 10,
  windowMs: 60_000,
  firstWaitMs: 100_000,
  longestWaitMs: 300_000,
};

describe('limits whose Redis is away', () => {
  const clock = new FixedClock();
  // Port 1 on loopback: nothing listens there.
  const redis = new Redis('redis://127.0.0.1:1', { ...options, lazyConnect: true });
  redis.on('error', () => undefined);

  afterAll(() => redis.disconnect());

  it('count in the instance, by its own clock', async () => {
    const limiter = new RedisRateLimiter(new SharedCounters(redis, 'test', clock, logger), clock);
    for (let i = 0; i < 40; i++) expect((await limiter.take('a', limit)).waitMs).toBe(0);
    expect((await limiter.take('a', limit)).waitMs).toBe(10_000);
    expect((await limiter.peek('a', limit)).remaining).toBe(0);
    clock.advance(10_000);
    expect((await limiter.take('a', limit)).waitMs).toBe(0);
  });

  it('do not wait for it at every request, and try again after a second', async () => {
    const evaluate = jest.spyOn(redis, 'eval');
    const limiter = new RedisRateLimiter(new SharedCounters(redis, 'test', clock, logger), clock);
    for (let i = 0; i < 5; i++) await limiter.take('b', limit);
    expect(evaluate).toHaveBeenCalledTimes(1);
    clock.advance(1_000);
    await limiter.take('b', limit);
    expect(evaluate).toHaveBeenCalledTimes(2);
  });

  it('slow failures down in the instance', async () => {
    const failures = new RedisBackOff(new SharedCounters(redis, 'test', clock, logger), clock);
    for (let i = 0; i < 11; i++) await failures.fail('a', backOff, i);
    expect(await failures.look('a')).toEqual({ count: 11, waitMs: 100_000 });
    await failures.forget('a');
    expect(await failures.look('a')).toEqual({ count: 0, waitMs: 0 });
  });
});

const url = process.env['REDIS_URL'];
// Global setup says that these are left out without a Redis.
if (url)
  describe('limits in a Redis', () => {
    const prefix = `test-${process.env['JEST_WORKER_ID'] ?? '0'}-${randomBytes(6).toString('hex')}`;
    /** Instances of ours: each with a connection, and with a clock that is far off. */
    const [here, there] = [new Redis(url), new Redis(url)];
    const clocks = [new FixedClock(0), new FixedClock(4_000_000_000_000)] as const;

    afterAll(async () => {
      const keys = await here.keys(`${prefix}:*`);
      if (keys.length > 0) await here.del(keys);
      for (const connection of [here, there]) connection.disconnect();
    });

    it('are shared: of a hundred at once from two instances the burst is admitted', async () => {
      const [first, second] = [
        new RedisRateLimiter(new SharedCounters(here, prefix, clocks[0], logger), clocks[0]),
        new RedisRateLimiter(new SharedCounters(there, prefix, clocks[1], logger), clocks[1]),
      ];
      const decisions = await Promise.all(
        Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? first : second).take('shared', limit)),
      );
      const admitted = decisions.filter(({ waitMs }) => waitMs === 0);
      expect(admitted).toHaveLength(40);
      expect(new Set(admitted.map(({ remaining }) => remaining)).size).toBe(40);
      for (const { waitMs, remaining } of decisions.filter((one) => one.waitMs !== 0)) {
        expect(remaining).toBe(0);
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(10_000);
      }
    });

    it('count many at once all or none, look without counting, and keep keys apart', async () => {
      const limiter = new RedisRateLimiter(
        new SharedCounters(here, prefix, clocks[0], logger),
        clocks[0],
      );
      expect(await limiter.take('many', limit, 30)).toMatchObject({ waitMs: 0, remaining: 10 });
      expect((await limiter.take('many', limit, 11)).waitMs).toBeGreaterThan(0);
      expect((await limiter.peek('many', limit)).waitMs).toBe(0);
      expect(await limiter.take('many', limit, 10)).toMatchObject({ waitMs: 0, remaining: 0 });
      expect((await limiter.take('other', limit)).remaining).toBe(39);
    });

    it('come free by the time of the Redis, and leave nothing behind', async () => {
      const limiter = new RedisRateLimiter(
        new SharedCounters(here, prefix, clocks[1], logger),
        clocks[1],
      );
      const quick = { name: 'quick', perSecond: 1_000, burst: 1 };
      await limiter.take('quick', quick);
      while ((await limiter.take('quick', quick)).waitMs > 0);
      while ((await here.exists(`${prefix}:rate:quick`)) === 1);
      await limiter.take('kept', limit, 40);
      expect(await here.pttl(`${prefix}:rate:kept`)).toBeLessThanOrEqual(400_000);
    });

    it('are not those of another prefix', async () => {
      const limiter = new RedisRateLimiter(
        new SharedCounters(here, prefix, clocks[0], logger),
        clocks[0],
      );
      const other = new RedisRateLimiter(
        new SharedCounters(here, `${prefix}:b`, clocks[0], logger),
        clocks[0],
      );
      await limiter.take('prefixed', limit, 40);
      expect((await other.take('prefixed', limit)).remaining).toBe(39);
    });

    it('[O61] slow down failures of all instances together, each one over for twice as long', async () => {
      const first = new RedisBackOff(
        new SharedCounters(here, prefix, clocks[0], logger),
        clocks[0],
      );
      const second = new RedisBackOff(
        new SharedCounters(there, prefix, clocks[1], logger),
        clocks[1],
      );
      const look = () => first.look('guess');
      for (let i = 0; i < 10; i++) await (i % 2 === 0 ? first : second).fail('guess', backOff, i);
      expect(await look()).toEqual({ count: 10, waitMs: 0 });
      expect(await here.pttl(`${prefix}:back-off:guess`)).toBeGreaterThan(0);
      expect(await here.pttl(`${prefix}:back-off:guess`)).toBeLessThanOrEqual(60_000);
      for (const [count, longest] of [
        [11, 100_000],
        [12, 200_000],
        [13, 300_000],
        [14, 300_000],
      ] as const) {
        await second.fail('guess', backOff, count - 1);
        // One that was admitted before it is late.
        await first.fail('guess', backOff, count - 1);
        const state = await look();
        expect(state.count).toBe(count);
        expect(state.waitMs).toBeGreaterThan(longest - 60_000);
        expect(state.waitMs).toBeLessThanOrEqual(longest);
      }
      // What is blocked is remembered a window longer.
      expect(await here.pttl(`${prefix}:back-off:guess`)).toBeGreaterThan(300_000);
      expect(await second.look('another')).toEqual({ count: 0, waitMs: 0 });
      await second.forget('guess');
      expect(await look()).toEqual({ count: 0, waitMs: 0 });
      expect(await there.exists(`${prefix}:back-off:guess`)).toBe(0);
    });
  });
