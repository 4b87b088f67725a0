import { FixedClock } from '#libs/testing';
import { CircuitBreaker } from './circuit-breaker.js';

describe('CircuitBreaker', () => {
  it('opens after failures in a row, and lets one probe through when its time is over', () => {
    const clock = new FixedClock();
    const breaker = new CircuitBreaker({ failures: 3, openMs: 1_000 }, clock);
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    breaker.failed();
    expect([breaker.admit(), breaker.isOpen]).toEqual([true, false]);
    breaker.failed();
    expect([breaker.admit(), breaker.isOpen]).toEqual([false, true]);
    clock.advance(1_000);
    expect([breaker.admit(), breaker.admit()]).toEqual([true, false]);
    breaker.failed();
    expect(breaker.admit()).toBe(false);
    clock.advance(1_000);
    expect(breaker.admit()).toBe(true);
    breaker.succeeded();
    expect([breaker.admit(), breaker.admit(), breaker.isOpen]).toEqual([true, true, false]);
  });
});
