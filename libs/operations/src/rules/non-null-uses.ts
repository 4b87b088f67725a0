import {
  DocumentNode,
  GraphQLSchema,
  Kind,
  TypeInfo,
  isNonNullType,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Variables that are used where null is not allowed. A nullable variable may stand there if it or the position has
 * a default (GraphQL specification section 5.8.5), and an explicit null then fails during execution: refuse it before.
 */
export function nonNullUses(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Variable(node, _key, parent): void {
        const isDefinition = parent && 'kind' in parent && parent.kind === Kind.VARIABLE_DEFINITION;
        if (!isDefinition && isNonNullType(typeInfo.getInputType())) names.add(node.name.value);
      },
    }),
  );
  return names;
}
