import fc from 'fast-check';
import {
  breakerAfter,
  breakerGate,
  CLOSED_BREAKER,
  countSuccess,
  readBreaker,
  withCounted,
  type BreakerEvent,
  type BreakerState,
} from './breaker.js';

const T0 = Date.UTC(2026, 2, 23, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const up: BreakerEvent = { type: 'attempted', isUp: true };
const down: BreakerEvent = { type: 'attempted', isUp: false };
const probe: BreakerEvent = { type: 'probe_started' };

function after(events: readonly BreakerEvent[], nowMs = T0, from = CLOSED_BREAKER): BreakerState {
  return events.reduce((state, event) => breakerAfter(state, event, nowMs), from);
}

function times(count: number, event: BreakerEvent): BreakerEvent[] {
  return Array<BreakerEvent>(count).fill(event);
}

describe('the breaker', () => {
  it('lets everything through at first', () => {
    expect(breakerGate(CLOSED_BREAKER, T0)).toEqual({ admits: 'all' });
  });

  it('opens at the tenth failure in a row, for 30 seconds', () => {
    expect(after(times(9, down)).phase).toBe('closed');
    const opened = after(times(10, down));
    expect(opened).toEqual({ phase: 'open', untilMs: T0 + 30 * SECOND, openForMs: 30 * SECOND });
    expect(breakerGate(opened, T0 + 30 * SECOND - 1)).toEqual({
      admits: 'none',
      untilMs: T0 + 30 * SECOND,
    });
  });

  it('counts what another place has counted in the same minute, slot by slot', () => {
    const counted = [T0, T0 + 1, T0 + 10 * SECOND].reduce(countSuccess, []);
    expect(withCounted(after([down, down]), counted)).toEqual({
      phase: 'closed',
      consecutiveFailures: 2,
      window: [
        { startedAtMs: T0, attempts: 4, failures: 2 },
        { startedAtMs: T0 + 10 * SECOND, attempts: 1, failures: 0 },
      ],
    });
    const opened = after(times(10, down));
    expect(withCounted(opened, counted)).toBe(opened);
  });

  it('counts anew after each success', () => {
    expect(after([...times(9, down), up, ...times(9, down)]).phase).toBe('closed');
  });

  it('counts failures in a row however far they lie apart', () => {
    const state = times(10, down).reduce(
      (current, event, index) => breakerAfter(current, event, T0 + index * 10 * MINUTE),
      CLOSED_BREAKER,
    );
    expect(state.phase).toBe('open');
  });

  it('opens when half of at least twenty attempts in a minute fail', () => {
    const alternating = Array.from({ length: 9 }, () => [up, down]).flat();
    const nineteen = after([...alternating, up]);
    expect(nineteen.phase).toBe('closed');
    expect(breakerAfter(nineteen, down, T0).phase).toBe('open');
    expect(breakerAfter(nineteen, up, T0).phase).toBe('closed');
  });

  it('forgets what is more than a minute old', () => {
    const alternating = Array.from({ length: 9 }, () => [up, down]).flat();
    const old = after([...alternating, up]);
    expect(breakerAfter(old, down, T0 + 61 * SECOND).phase).toBe('closed');
    expect(breakerAfter(old, down, T0 + 49 * SECOND).phase).toBe('open');
  });

  it('keeps no more than a minute of history', () => {
    let state = CLOSED_BREAKER;
    for (let i = 0; i < 1_000; i++) state = breakerAfter(state, up, T0 + i * SECOND);
    expect(state.phase === 'closed' && state.window.length).toBe(6);
  });

  it('admits one probe when the time is up, and nothing beside it', () => {
    const opened = after(times(10, down));
    const laterMs = T0 + 30 * SECOND;
    expect(breakerGate(opened, laterMs)).toEqual({ admits: 'probe' });
    const probing = breakerAfter(opened, probe, laterMs);
    expect(breakerGate(probing, laterMs)).toEqual({
      admits: 'none',
      untilMs: laterMs + 25 * SECOND,
    });
  });

  it('admits another probe when the worker of the first was lost', () => {
    const probing = after([...times(10, down), probe]);
    expect(breakerGate(probing, T0 + 25 * SECOND)).toEqual({ admits: 'probe' });
  });

  it('closes after a probe that succeeds, with nothing held against the endpoint', () => {
    expect(after([...times(10, down), probe, up])).toEqual(CLOSED_BREAKER);
  });

  it('doubles the wait with each probe that fails, up to 15 minutes', () => {
    let state = after(times(10, down));
    const waits: number[] = [];
    let nowMs = T0;
    for (let i = 0; i < 7; i++) {
      if (state.phase !== 'open') throw new Error('it should be open');
      waits.push(state.openForMs / SECOND);
      nowMs = state.untilMs;
      state = after([probe, down], nowMs, state);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
  });

  it('starts at 30 seconds again once it was closed', () => {
    const reopened = after([...times(10, down), probe, down, probe, up, ...times(10, down)]);
    expect(reopened).toMatchObject({ phase: 'open', openForMs: 30 * SECOND });
  });

  it('is not moved by attempts that were under way when it opened', () => {
    const opened = after(times(10, down));
    expect(after([up, down, up], T0 + SECOND, opened)).toEqual(opened);
  });

  it('forgets everything on a reset', () => {
    expect(after([...times(10, down), { type: 'reset' }])).toEqual(CLOSED_BREAKER);
    expect(after([...times(10, down), probe, { type: 'reset' }])).toEqual(CLOSED_BREAKER);
  });

  it('takes no probe for anything while it is closed', () => {
    const state = after(times(3, down));
    expect(breakerAfter(state, probe, T0)).toEqual(state);
  });

  it('never stays shut: within 15 minutes there is a probe, whatever happened', () => {
    const event = fc.constantFrom<BreakerEvent>(up, down, down, down, probe, { type: 'reset' });
    const steps = fc.array(fc.tuple(event, fc.nat(MINUTE)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (history) => {
        let [state, nowMs] = [CLOSED_BREAKER, T0];
        for (const [next, waitMs] of history) {
          nowMs += waitMs;
          state = breakerAfter(state, next, nowMs);
        }
        expect(breakerGate(state, nowMs + 15 * MINUTE).admits).not.toBe('none');
      }),
    );
  });
});

describe('readBreaker', () => {
  it('reads what was written', () => {
    for (const state of [
      after(times(3, down)),
      after(times(10, down)),
      after([...times(10, down), probe]),
    ]) {
      expect(readBreaker(JSON.parse(JSON.stringify(state)))).toEqual(state);
    }
  });

  it.each([{}, null, undefined, 'closed', { phase: 'open' }, { phase: 'ajar', untilMs: 1 }])(
    'takes %j for a closed one',
    (stored) => expect(readBreaker(stored)).toEqual(CLOSED_BREAKER),
  );
});
