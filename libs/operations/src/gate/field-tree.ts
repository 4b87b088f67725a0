import {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLSchema,
  Kind,
  OperationDefinitionNode,
  SelectionSetNode,
  TypeNameMetaFieldDef,
  getNamedType,
  isCompositeType,
  isUnionType,
} from 'graphql';

/** One field of the operation with every fragment spread where it stands. */
export interface FieldUse {
  /** `Query.incidents`: for findings. */
  coordinate: string;
  node: FieldNode;
  field: GraphQLField<unknown, unknown>;
  children: readonly FieldUse[];
}

/** A document of 16 KiB can spread fragments into millions of fields. */
export const MAX_FIELD_USES = 5_000;

/**
 * The operation as a tree of fields, for a document that has passed validation (fragments exist and do not spread
 * themselves). Undefined where the tree has more than {@link MAX_FIELD_USES} fields.
 */
export function fieldTree(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly FieldUse[] | undefined {
  const root = schema.getRootType(operation.operation);
  if (!root) return [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const budget = { left: MAX_FIELD_USES };
  const tree = expand({ schema, fragments, budget }, operation.selectionSet, root);
  return budget.left > 0 ? tree : undefined;
}

interface Expansion {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  budget: { left: number };
}

function expand(
  context: Expansion,
  set: SelectionSetNode,
  parent: GraphQLCompositeType,
): FieldUse[] {
  const uses: FieldUse[] = [];
  for (const selection of set.selections) {
    context.budget.left -= 1;
    if (context.budget.left <= 0) return uses;
    if (selection.kind === Kind.FIELD) {
      const use = fieldUse(context, selection, parent);
      if (use) uses.push(use);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = typeNamed(context, selection.typeCondition?.name.value);
      uses.push(...expand(context, selection.selectionSet, condition ?? parent));
    } else {
      const fragment = context.fragments.get(selection.name.value);
      const condition = typeNamed(context, fragment?.typeCondition.name.value);
      if (fragment && condition) uses.push(...expand(context, fragment.selectionSet, condition));
    }
  }
  return uses;
}

function fieldUse(
  context: Expansion,
  node: FieldNode,
  parent: GraphQLCompositeType,
): FieldUse | undefined {
  const name = node.name.value;
  const field =
    name === '__typename'
      ? TypeNameMetaFieldDef
      : isUnionType(parent)
        ? undefined
        : parent.getFields()[name];
  if (!field) return undefined;
  const type = getNamedType(field.type);
  const children =
    node.selectionSet && isCompositeType(type) ? expand(context, node.selectionSet, type) : [];
  return { coordinate: `${parent.name}.${name}`, node, field, children };
}

function typeNamed(context: Expansion, name: string | undefined): GraphQLCompositeType | undefined {
  const type = name === undefined ? undefined : context.schema.getType(name);
  return isCompositeType(type) ? type : undefined;
}
