import type { Exchange, Step } from '../exchange.js';
import type { OperationLimits } from '../operation-limits.js';
import type { Refusal } from '../refusal.js';

/** Whoever has nothing left is told so before anything is parsed. */
export function rateStep(limits: OperationLimits): Step {
  return { name: 'rate', run: (exchange: Exchange): Refusal | undefined => limits.admit(exchange) };
}
