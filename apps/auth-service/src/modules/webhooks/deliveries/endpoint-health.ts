import type { DeliveryOutcome } from './delivery-outcome.js';

/**
 * What the breaker is told of an attempt: whether the endpoint is up. A refusal, such as 404, is an answer; 5xx, 429
 * and no answer are not.
 */
export function isEndpointUp(outcome: DeliveryOutcome): boolean {
  switch (outcome.kind) {
    case 'blocked':
      return false;
    case 'succeeded':
    case 'gone':
    case 'aborted':
    case 'disable':
    case 'retry':
      return outcome.status !== null && outcome.status < 500 && outcome.status !== 429;
  }
}
