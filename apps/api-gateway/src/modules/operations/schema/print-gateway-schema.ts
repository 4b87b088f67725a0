import {
  GraphQLSchema,
  Kind,
  type ConstDirectiveNode,
  isObjectType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';

const HEADER = `# Generated from the code of apps/api-gateway. A test there says how to write it again.\n\n`;

/** The schema as SDL with the directives of its fields, which graphql-js's own printer leaves out. */
export function printGatewaySchema(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(lexicographicSortSchema(schema))), {
    ObjectTypeDefinition(node) {
      const fields = node.fields?.map((field) => ({
        ...field,
        directives: [
          ...(field.directives ?? []),
          ...directivesOf(schema, node.name.value, field.name.value),
        ],
      }));
      return { ...node, ...(fields && { fields }) };
    },
  });
  return `${HEADER}${print(document)}\n`;
}

function directivesOf(schema: GraphQLSchema, type: string, field: string): ConstDirectiveNode[] {
  const owner = schema.getType(type);
  if (!isObjectType(owner)) return [];
  const directives = owner.getFields()[field]?.astNode?.directives ?? [];
  // `@deprecated` is printed already.
  return directives
    .filter((node) => node.name.value !== 'deprecated')
    .map((node) => ({ ...node, kind: Kind.DIRECTIVE }));
}
