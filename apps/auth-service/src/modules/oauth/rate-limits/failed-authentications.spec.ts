import { FixedClock } from '#libs/testing';
import { FailedAuthentications } from './failed-authentications.js';

describe('FailedAuthentications', () => {
  const fail = (limiter: FailedAuthentications, times: number, ip = '192.0.2.1'): void => {
    for (let i = 0; i < times; i++) limiter.recordFailure('app_a', ip);
  };

  it('lets ten failures a minute pass and backs off from the eleventh, doubling', () => {
    const clock = new FixedClock();
    const limiter = new FailedAuthentications(clock, 1);
    fail(limiter, 10);
    expect(limiter.waitMs('app_a', '192.0.2.1')).toBe(0);
    fail(limiter, 1);
    expect(limiter.waitMs('app_a', '192.0.2.1')).toBe(1_000);
    clock.advance(1_000);
    fail(limiter, 1);
    expect(limiter.waitMs('app_a', '192.0.2.1')).toBe(2_000);
  });

  it('[O61] locks nobody out who asks from elsewhere', () => {
    const limiter = new FailedAuthentications(new FixedClock(), 1);
    fail(limiter, 100);
    expect(limiter.waitMs('app_a', '192.0.2.2')).toBe(0);
    expect(limiter.waitMs('app_b', '192.0.2.1')).toBe(0);
  });

  it('takes an IPv6 /64 for one caller', () => {
    const limiter = new FailedAuthentications(new FixedClock(), 1);
    fail(limiter, 11, '2001:db8:1:2::1');
    expect(limiter.waitMs('app_a', '2001:db8:1:2:ffff::9')).toBe(1_000);
    expect(limiter.waitMs('app_a', '2001:db8:1:3::1')).toBe(0);
  });

  it('forgets after a minute, and at a success', () => {
    const clock = new FixedClock();
    const limiter = new FailedAuthentications(clock, 1);
    fail(limiter, 10);
    clock.advance(60_000);
    fail(limiter, 1);
    expect(limiter.waitMs('app_a', '192.0.2.1')).toBe(0);
    fail(limiter, 10);
    limiter.recordSuccess('app_a', '192.0.2.1');
    expect(limiter.waitMs('app_a', '192.0.2.1')).toBe(0);
  });
});
