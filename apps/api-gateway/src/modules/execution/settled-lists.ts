import {
  defaultFieldResolver,
  type GraphQLSchema,
  isListType,
  getNullableType,
  isObjectType,
  isIntrospectionType,
  lexicographicSortSchema,
} from 'graphql';

/**
 * A copy of the schema whose lists hand out their items as promises. graphql-js 16 walks away from a list as soon as one
 * item fails at once, and leaves the items that are still pending without a handler: one that fails later is an unhandled
 * rejection, and ends the process. Items that are promises fail in their own time, and all are waited for.
 */
export function withSettledLists(schema: GraphQLSchema): GraphQLSchema {
  // graphql-js copies a schema with its resolvers in this one way; the order means nothing to execution.
  const copy = lexicographicSortSchema(schema);
  for (const type of Object.values(copy.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!isListType(getNullableType(field.type))) continue;
      const { resolve = defaultFieldResolver } = field;
      field.resolve = (source, args, context, info): unknown => {
        const list: unknown = resolve(source, args, context, info);
        return list instanceof Promise ? list.then(toPromises) : toPromises(list);
      };
    }
  }
  return copy;
}

function toPromises(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  return list.map(async (item: unknown) => toPromises(await item));
}
