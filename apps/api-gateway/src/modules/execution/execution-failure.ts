import { isDatabaseAway } from '#libs/foundation';
import { GraphQLError } from 'graphql';
import { ExecutionError } from './execution-error.js';
import { ExecutionFailure } from './operation-executor.js';

/** Keeps the code of an {@link ExecutionError}, the rule that was broken, the path, and nothing else: messages quote hosts, users and values. */
export function toExecutionFailure(error: GraphQLError): ExecutionFailure {
  const cause: unknown = error.originalError ?? error;
  return {
    code: codeOf(cause),
    path: error.path,
    ...(cause instanceof ExecutionError && cause.input && { input: cause.input }),
    cause,
  };
}

function codeOf(cause: unknown): ExecutionFailure['code'] {
  if (cause instanceof ExecutionError) return cause.code;
  return isDatabaseAway(cause) ? 'TEMPORARILY_UNAVAILABLE' : 'INTERNAL';
}
