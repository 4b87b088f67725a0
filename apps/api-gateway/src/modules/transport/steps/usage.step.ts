import type { UsageRecorder } from '../../usage/index.js';
import type { Exchange, Step } from '../exchange.js';

/** Notes who used the operation, so that stale versions can be found and retired. */
export function usageStep(usage: UsageRecorder): Step {
  return {
    name: 'usage',
    run(exchange: Exchange): undefined {
      const { operation, token, tenantId, costDebited, outcome } = exchange;
      usage.record({
        operationId: operation.id,
        clientId: token.clientId ?? token.subject,
        tenantId,
        cost: costDebited,
        failed: outcome.failures.length > 0,
      });
    },
  };
}
