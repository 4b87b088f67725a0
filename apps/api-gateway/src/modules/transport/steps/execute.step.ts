import { Deadline, type OperationContext, runBounded } from '../../execution/index.js';
import type { Exchange, Step } from '../exchange.js';
import type { Refusal } from '../refusal.js';

/** Runs the stored document. What the caller sent is gone by now, but for variables that passed the rules. */
export const executeStep: Step = {
  name: 'execute',
  async run(exchange: Exchange): Promise<Refusal | undefined> {
    const { operation, variant, token, variables } = exchange;
    const context: OperationContext = {
      tenantId: exchange.tenantId,
      clientId: token.clientId ?? token.subject,
      subject: token.subject,
      scopes: token.scopes,
      accessToken: exchange.bearer,
      requestId: exchange.facts.id,
      ip: exchange.facts.ip,
      deadline: new Deadline(),
    };
    const executable = variant === 'typename' ? operation.typename : operation.plain;
    exchange.outcome = await runBounded(executable, context, variables, operation.timeoutMs);
    return undefined;
  },
};
