import type { DeliveryOutcome } from './delivery-outcome.js';
import { retryDelayMs } from './retry-ladder.js';

/** What becomes of a delivery after an attempt. */
export type DeliveryTransition =
  | { readonly status: 'succeeded' }
  | { readonly status: 'retrying'; readonly dueInMs: number }
  | {
      readonly status: 'failed';
      readonly reason: 'exhausted' | 'gone' | 'aborted_by_receiver' | 'blocked_destination';
    };

export interface AttemptFacts {
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** A test delivery has one attempt. */
  readonly isTest: boolean;
  /** In [0, 1), for the jitter. */
  readonly random: number;
}

export function transitionAfter(
  outcome: DeliveryOutcome,
  { attempt, isTest, random }: AttemptFacts,
): DeliveryTransition {
  switch (outcome.kind) {
    case 'succeeded':
      return { status: 'succeeded' };
    case 'disable':
      return outcome.error === null
        ? { status: 'succeeded' }
        : { status: 'failed', reason: 'aborted_by_receiver' };
    case 'gone':
      return { status: 'failed', reason: 'gone' };
    case 'aborted':
      return { status: 'failed', reason: 'aborted_by_receiver' };
    case 'blocked':
      return { status: 'failed', reason: 'blocked_destination' };
    case 'retry': {
      const { retryAfterMs } = outcome;
      return retryIn(isTest ? null : retryDelayMs({ attempt, retryAfterMs, random }));
    }
  }
}

function retryIn(dueInMs: number | null): DeliveryTransition {
  return dueInMs === null
    ? { status: 'failed', reason: 'exhausted' }
    : { status: 'retrying', dueInMs };
}
