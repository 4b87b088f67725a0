import { type DocumentNode, execute, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { VariableValues } from '#libs/operations';
import type { ExecutionFailure, ExecutionOutcome } from '../execution/index.js';

/** Reads an answer by response key, the alias included, and calls nothing that it might hold. */
const byResponseKey: GraphQLFieldResolver<unknown, unknown> = (source, _args, _context, info) =>
  typeof source === 'object' && source !== null && Object.hasOwn(source, info.path.key)
    ? (Reflect.get(source, info.path.key) as unknown)
    : undefined;

const typeOf = (source: unknown): string | undefined => {
  const name: unknown =
    typeof source === 'object' && source !== null ? Reflect.get(source, '__typename') : undefined;
  return typeof name === 'string' ? name : undefined;
};

/**
 * Fits what an upstream answered to the approved selection set: what was not asked for is dropped, leaves have their
 * type, null stands only where it may. An approved document is executed over the answer to that end.
 */
export async function reshape(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: VariableValues,
  answer: unknown,
): Promise<ExecutionOutcome> {
  const result = await execute({
    schema,
    document,
    rootValue: answer,
    variableValues: { ...variables },
    fieldResolver: byResponseKey,
    typeResolver: typeOf,
  });
  const failures = (result.errors ?? []).map((cause): ExecutionFailure => ({
    code: 'UPSTREAM_ERROR',
    path: cause.path,
    cause,
  }));
  return { data: result.data, failures };
}
