import { GraphQLError } from 'graphql';
import { ExecutionError } from './execution-error.js';
import { ExecutionFailure } from './operation-executor.js';

/** Keeps the code of an {@link ExecutionError}, the path, and nothing else: messages quote hosts, users and values. */
export function toExecutionFailure(error: GraphQLError): ExecutionFailure {
  const cause: unknown = error.originalError ?? error;
  return {
    code: cause instanceof ExecutionError ? cause.code : 'INTERNAL',
    path: error.path,
    cause,
  };
}
