import { randomInt } from 'node:crypto';
import { storedReason, storedStatus } from '../deliveries/delivery-codes.js';
import type { DeliveryOutcome } from '../deliveries/delivery-outcome.js';
import { type DeliveryTransition, transitionAfter } from '../deliveries/delivery-transition.js';
import type { ClaimedDelivery } from './claim.query.js';

/** What an attempt means, in the terms of its row. */
export interface AttemptVerdict {
  outcome: DeliveryOutcome;
  /** `succeeded`, or the class of the error. */
  name: string;
  status: number;
  reason: number | null;
  /** Null ends the delivery. */
  dueAt: Date | null;
  retryAfterSeconds: number | null;
}

const RANDOM_STEPS = 2 ** 32;

export function judgeAttempt(
  delivery: Pick<ClaimedDelivery, 'attempt' | 'is_test'>,
  outcome: DeliveryOutcome,
  nowMs: number,
): AttemptVerdict {
  const transition = transitionAfter(outcome, {
    attempt: delivery.attempt,
    isTest: delivery.is_test,
    random: randomInt(RANDOM_STEPS) / RANDOM_STEPS,
  });
  return {
    outcome,
    name: nameOf(outcome),
    ...columnsOf(transition, nowMs),
    retryAfterSeconds: retryAfterSeconds(outcome),
  };
}

function nameOf(outcome: DeliveryOutcome): string {
  return outcome.kind === 'succeeded' ? 'succeeded' : (outcome.error ?? 'succeeded');
}

function columnsOf(
  transition: DeliveryTransition,
  nowMs: number,
): Pick<AttemptVerdict, 'status' | 'reason' | 'dueAt'> {
  switch (transition.status) {
    case 'succeeded':
      return { status: storedStatus.succeeded, reason: null, dueAt: null };
    case 'failed':
      return { status: storedStatus.failed, reason: storedReason[transition.reason], dueAt: null };
    case 'retrying':
      return {
        status: storedStatus.retrying,
        reason: null,
        dueAt: new Date(nowMs + transition.dueInMs),
      };
  }
}

function retryAfterSeconds(outcome: DeliveryOutcome): number | null {
  return outcome.kind === 'retry' && outcome.retryAfterMs !== null
    ? Math.ceil(outcome.retryAfterMs / 1000)
    : null;
}
