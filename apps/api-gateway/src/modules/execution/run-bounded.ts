import type { VariableValues } from '#libs/operations';
import { Deadline } from './deadline.js';
import { ExecutableOperation, ExecutionOutcome } from './operation-executor.js';

/** What resolvers get to answer with what they have once the deadline has expired, in milliseconds. */
const GRACE_MS = 100;

const TIMED_OUT: ExecutionOutcome = {
  data: undefined,
  failures: [{ code: 'TIMEOUT', path: undefined, cause: undefined }],
};

/**
 * Executes with an end. graphql-jit takes no abort signal, so the deadline is told to the resolvers, and whatever
 * still runs a moment later is no longer waited for.
 */
export async function runBounded(
  operation: ExecutableOperation,
  context: { deadline: Deadline },
  variables: VariableValues,
  timeoutMs: number,
): Promise<ExecutionOutcome> {
  const running = operation.execute(context, variables);
  if (!(running instanceof Promise)) return running;
  return new Promise((resolve) => {
    let timer = setTimeout(() => {
      context.deadline.expire();
      timer = setTimeout(() => resolve(TIMED_OUT), GRACE_MS);
    }, timeoutMs);
    const settle = (outcome: ExecutionOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    running.then(settle, (cause: unknown) =>
      settle({ data: undefined, failures: [{ code: 'INTERNAL', path: undefined, cause }] }),
    );
  });
}
