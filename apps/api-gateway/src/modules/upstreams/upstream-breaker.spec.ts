import type { EgressErrorClass, SendResult } from '#libs/egress';
import { FixedClock } from '#libs/testing';
import { UpstreamBreaker } from './upstream-breaker.js';

const exchanged = { remoteAddress: null, durationMs: 1 };

function failed(error: EgressErrorClass): SendResult {
  return { outcome: 'failed', error, code: 'X', response: null, ...exchanged };
}
function answered(status: number): SendResult {
  const response = { status, headers: {}, body: '', truncated: false };
  return { outcome: 'responded', response, ...exchanged };
}

describe('UpstreamBreaker', () => {
  let clock: FixedClock;
  let breaker: UpstreamBreaker;
  beforeEach(() => {
    clock = new FixedClock();
    breaker = new UpstreamBreaker({ failures: 3, openMs: 1_000 }, clock);
  });
  function ask(tenantId: string, result: SendResult, times = 3): void {
    for (let time = 0; time < times; time += 1) {
      expect(breaker.admit(tenantId)).toBe(true);
      breaker.report(tenantId, result);
    }
  }

  it.each(['dns_error', 'connect_timeout', 'connection_refused', 'tls_error'] as const)(
    'opens for everyone after %s, whoever met it',
    (error) => {
      ask('a', failed(error), 1);
      ask('b', failed(error), 2);
      expect([breaker.admit('a'), breaker.admit('c'), breaker.isOpen]).toEqual([
        false,
        false,
        true,
      ]);
    },
  );

  it.each([
    ['timeout', failed('timeout')],
    ['connection_reset', failed('connection_reset')],
    ['500', answered(500)],
  ])('opens for the tenant whose requests end in %s, and for no other', (_name, result) => {
    ask('a', result);
    expect([breaker.admit('a'), breaker.admit('b'), breaker.isOpen]).toEqual([false, true, true]);
  });

  it.each([
    ['400', answered(400)],
    ['404', answered(404)],
    ['429', answered(429)],
    ['response_too_large', failed('response_too_large')],
    ['blocked_destination', failed('blocked_destination')],
  ])('never opens after %s', (_name, result) => {
    ask('a', result, 10);
    expect([breaker.admit('a'), breaker.isOpen]).toEqual([true, false]);
  });

  it('opens for a tenant whose operations time out before the upstream does', () => {
    for (let time = 0; time < 3; time += 1) breaker.timedOut('a');
    expect([breaker.admit('a'), breaker.admit('b')]).toEqual([false, true]);
  });

  it('counts failures in a row: any answer means that it can be reached', () => {
    ask('a', failed('connection_refused'), 2);
    ask('b', answered(500), 1);
    ask('a', failed('connection_refused'), 2);
    expect(breaker.admit('a')).toBe(true);
    ask('b', answered(500), 1);
    ask('b', answered(200), 1);
    ask('b', answered(500), 2);
    expect(breaker.admit('b')).toBe(true);
  });

  it('lets one request try when the pause is over, though another tenant is still kept out', () => {
    ask('a', answered(500));
    clock.advance(500);
    ask('b', failed('connection_refused'));
    clock.advance(500);
    // The tenant's own pause is over, the upstream's is not: nothing is tried, and no turn is lost.
    expect(breaker.admit('a')).toBe(false);
    clock.advance(500);
    expect([breaker.admit('a'), breaker.admit('a'), breaker.admit('b')]).toEqual([
      true,
      false,
      false,
    ]);
    breaker.report('a', answered(200));
    expect([breaker.admit('a'), breaker.admit('b'), breaker.isOpen]).toEqual([true, true, false]);
  });

  it('tries again after another pause where a trial was never reported', () => {
    ask('a', failed('dns_error'));
    clock.advance(1_000);
    expect([breaker.admit('a'), breaker.admit('a')]).toEqual([true, false]);
    clock.advance(1_000);
    expect(breaker.admit('a')).toBe(true);
  });
});
