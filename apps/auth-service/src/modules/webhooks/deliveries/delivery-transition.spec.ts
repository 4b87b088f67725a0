import type { DeliveryOutcome } from './delivery-outcome.js';
import { transitionAfter, type DeliveryTransition } from './delivery-transition.js';
import { MAX_ATTEMPTS, MOST_ATTEMPTS, RETRY_LADDER_MS } from './retry-ladder.js';

const refused: DeliveryOutcome = {
  kind: 'retry',
  status: 500,
  error: 'http_5xx',
  retryAfterMs: null,
  pauseMs: null,
};
const exhausted: DeliveryTransition = { status: 'failed', reason: 'exhausted' };

function after(outcome: DeliveryOutcome, attempt = 1, isTest = false): DeliveryTransition {
  return transitionAfter(outcome, { attempt, isTest, random: 0.5 });
}

/** Sends until a delivery ends, all attempts with the same outcome; gives the offset of each. */
function simulate(outcome: DeliveryOutcome): { offsetsMs: number[]; end: DeliveryTransition } {
  const offsetsMs = [0];
  for (let attempt = 1; ; attempt++) {
    const transition = after(outcome, attempt);
    if (transition.status !== 'retrying') return { offsetsMs, end: transition };
    offsetsMs.push((offsetsMs.at(-1) ?? 0) + transition.dueInMs);
  }
}

describe('transitionAfter', () => {
  it('[W20] makes exactly ten attempts at the documented offsets', () => {
    const { offsetsMs, end } = simulate(refused);
    let sumMs = 0;
    expect(offsetsMs).toEqual(RETRY_LADDER_MS.map((stepMs) => (sumMs += stepMs)));
    expect(offsetsMs).toHaveLength(10);
    expect(end).toEqual(exhausted);
  });

  it('[W18] respects what the receiver asked for', () => {
    expect(after({ ...refused, retryAfterMs: 3_600_000 })).toEqual({
      status: 'retrying',
      dueInMs: 3_600_000,
    });
  });

  it.each<[DeliveryOutcome, DeliveryTransition]>([
    [{ kind: 'succeeded', status: 204 }, { status: 'succeeded' }],
    [
      { kind: 'gone', status: 410, error: 'http_4xx' },
      { status: 'failed', reason: 'gone' },
    ],
    [
      { kind: 'aborted', status: 400, error: 'http_4xx' },
      { status: 'failed', reason: 'aborted_by_receiver' },
    ],
    [
      { kind: 'disable', status: 400, error: 'http_4xx' },
      { status: 'failed', reason: 'aborted_by_receiver' },
    ],
    [{ kind: 'disable', status: 200, error: null }, { status: 'succeeded' }],
    [
      { kind: 'blocked', error: 'blocked_destination' },
      { status: 'failed', reason: 'blocked_destination' },
    ],
  ])('[W56] ends a delivery at once: %j', (outcome, transition) => {
    for (const attempt of [1, MAX_ATTEMPTS]) expect(after(outcome, attempt)).toEqual(transition);
  });

  it('fails the one attempt that is granted beyond the ladder like its last', () => {
    expect(after(refused, MAX_ATTEMPTS)).toEqual(exhausted);
    expect(after(refused, MOST_ATTEMPTS)).toEqual(exhausted);
  });

  it('gives a test delivery one attempt', () => {
    expect(after(refused, 1, true)).toEqual(exhausted);
  });
});
