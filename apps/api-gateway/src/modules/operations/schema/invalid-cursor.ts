import { type GraphQLResolveInfo, Kind } from 'graphql';
import { ExecutionError } from '../../execution/index.js';

/** The field of the approved document that a page is read for. */
export type PageField = Pick<GraphQLResolveInfo, 'fieldNodes'>;

/** A cursor that no page gave out: says which variable held it. */
export function invalidCursor({ fieldNodes }: PageField): ExecutionError {
  const after = fieldNodes[0]?.arguments?.find(({ name }) => name.value === 'after');
  const variable = after?.value.kind === Kind.VARIABLE ? after.value.name.value : null;
  return new ExecutionError('BAD_USER_INPUT', { input: { variable, rule: 'cursor' } });
}
