import type { Step } from '../exchange.js';
import type { OperationLimits } from '../operation-limits.js';

/** Debits what the operation costs with these variables. */
export function costStep(limits: OperationLimits): Step {
  return { name: 'cost', run: (exchange) => limits.debit(exchange) };
}
