export { ApolloExecutor } from './apollo.executor.js';
export { CompiledExecutor } from './compiled.executor.js';
export { Deadline } from './deadline.js';
export { ExecutionError, type ExecutionErrorCode } from './execution-error.js';
export { type OperationContext } from './operation-context.js';
export {
  type ExecutableOperation,
  type ExecutionFailure,
  type ExecutionOutcome,
  type OperationExecutor,
} from './operation-executor.js';
export { runBounded } from './run-bounded.js';
