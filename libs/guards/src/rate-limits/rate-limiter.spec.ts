import { FixedClock } from '#libs/testing';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { rateLimitHeaders, scaleLimit } from './rate-limiter.js';

const limit = { name: 'client', perSecond: 20, burst: 40 };

describe('LocalRateLimiter', () => {
  it('admits a burst, then the rate', () => {
    const clock = new FixedClock();
    const limiter = new LocalRateLimiter(clock);
    const waits = Array.from({ length: 42 }, () => limiter.take('a', limit).waitMs);
    expect(waits.filter((wait) => wait === 0)).toHaveLength(40);
    clock.advance(50);
    expect(limiter.take('a', limit).waitMs).toBe(0);
    expect(limiter.take('a', limit).waitMs).toBe(50);
    expect(limiter.take('b', limit)).toMatchObject({ waitMs: 0, remaining: 39 });
  });

  it('counts many at once, all or none, and looks without counting', () => {
    const limiter = new LocalRateLimiter(new FixedClock());
    expect(limiter.take('a', limit, 30)).toMatchObject({ waitMs: 0, remaining: 10 });
    expect(limiter.take('a', limit, 11)).toMatchObject({ waitMs: 50, remaining: 10 });
    expect(limiter.peek('a', limit).waitMs).toBe(0);
    expect(limiter.take('a', limit, 10)).toMatchObject({ waitMs: 0, remaining: 0 });
    expect(limiter.peek('a', limit)).toMatchObject({ waitMs: 50, remaining: 0 });
  });

  it('forgets who was not counted while many others were, and nobody else', () => {
    const limiter = new LocalRateLimiter(new FixedClock());
    for (const key of ['idle', 'busy']) limiter.take(key, limit, 40);
    for (let other = 0; other < 120_000; other++) {
      limiter.take(`other ${other}`, limit);
      if (other % 1_000 === 0) limiter.take('busy', limit);
    }
    expect(limiter.peek('busy', limit).waitMs).toBe(50);
    expect(limiter.peek('idle', limit).waitMs).toBe(0);
  });

  it('tells policy, remainder and when to come back', () => {
    expect(rateLimitHeaders([{ limit, waitMs: 0, remaining: 39 }])).toEqual({
      'RateLimit-Policy': '"client";q=40;w=2',
      RateLimit: '"client";r=39;t=2',
    });
    expect(rateLimitHeaders([{ limit, waitMs: 1_200, remaining: 0 }])).toMatchObject({
      'Retry-After': '2',
    });
    expect(scaleLimit(limit, 0.5)).toEqual({ name: 'client', perSecond: 10, burst: 20 });
  });
});
