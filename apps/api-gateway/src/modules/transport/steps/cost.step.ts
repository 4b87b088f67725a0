import type { Exchange, Step } from '../exchange.js';
import type { OperationLimits } from '../operation-limits.js';
import type { Refusal } from '../refusal.js';

/** Debits what the operation costs with these variables. */
export function costStep(limits: OperationLimits): Step {
  return { name: 'cost', run: (exchange: Exchange): Refusal | undefined => limits.debit(exchange) };
}
