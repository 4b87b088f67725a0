import type { Step } from '../exchange.js';
import type { OperationLimits } from '../operation-limits.js';

/** Whoever has nothing left is told so before anything is parsed. */
export function rateStep(limits: OperationLimits): Step {
  return { name: 'rate', run: (exchange) => limits.admit(exchange) };
}
