import { DocumentNode } from 'graphql';
import type { RuleFailure, VariableValues } from '#libs/operations';
import { ExecutionErrorCode } from './execution-error.js';

/** A failure inside an executed operation. `cause` is for the log of the process, never for a caller. */
export interface ExecutionFailure {
  code: ExecutionErrorCode | 'INTERNAL';
  /** Response keys of the approved document. */
  path: readonly (string | number)[] | undefined;
  /** Of BAD_USER_INPUT: the variable and the rule that it breaks. */
  input?: RuleFailure | undefined;
  cause: unknown;
}

export interface ExecutionOutcome {
  data: Readonly<Record<string, unknown>> | null | undefined;
  failures: readonly ExecutionFailure[];
}

/** One approved document, ready to run: nothing of it is parsed, validated or compiled on a request. */
export interface ExecutableOperation {
  /** Never rejects and never throws: what goes wrong is a failure of the outcome. */
  execute(context: object, variables: VariableValues): ExecutionOutcome | Promise<ExecutionOutcome>;
}

/** Turns approved documents into something that runs. Called when a snapshot loads. */
export interface OperationExecutor {
  readonly name: 'compiled' | 'apollo';
  /** @throws Error where the document cannot run on the schema */
  prepare(document: DocumentNode): ExecutableOperation;
  close(): Promise<void>;
}
