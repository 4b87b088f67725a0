import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/** Types and rules of the operation's variables. A refusal names path and rule, never a value. */
export const variablesStep: Step = {
  name: 'variables',
  run(exchange: Exchange): Refusal | undefined {
    const { operation, body, bytes } = exchange;
    const outcome = operation.checkVariables(body.variables, bytes.length);
    if (!outcome.ok) return refusal('BAD_USER_INPUT', { ...outcome.failure });
    exchange.variables = outcome.values;
    return undefined;
  },
};
