import type { Logger } from '#libs/foundation';
import { describeFailure } from '../describe-failure.js';
import type { Exchange, Step } from '../exchange.js';
import { responseBody } from '../response-body.js';

/** What nobody threw on purpose: only the log knows why. */
const UNEXPECTED: ReadonlySet<string> = new Set(['INTERNAL', 'TEMPORARILY_UNAVAILABLE']);

/** Turns the outcome into what may leave: data, codes and paths. Why a resolver failed stays in the log. */
export function scrubStep(logger: Logger, withCost: boolean): Step {
  return {
    name: 'scrub',
    run(exchange: Exchange): undefined {
      const { outcome, operation, facts } = exchange;
      exchange.answer = responseBody(outcome, {
        requestId: facts.id,
        maxResponseBytes: operation.maxResponseBytes,
        extensions: withCost ? { cost: costOf(exchange) } : undefined,
      });
      for (const failure of outcome.failures) {
        if (!UNEXPECTED.has(failure.code)) continue;
        const where = { request_id: facts.id, operation: operation.name, path: failure.path };
        logger.error({ ...where, ...describeFailure(failure.cause) }, 'resolver failed');
      }
    },
  };
}

function costOf({ operation, costDebited, costRemaining }: Exchange): object {
  return {
    requested: operation.cost.staticCost,
    actual: costDebited,
    remaining: costRemaining ?? null,
  };
}
