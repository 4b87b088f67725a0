import { DocumentNode, FieldNode, Kind, SelectionSetNode, visit } from 'graphql';
import { wantsTypename } from './canonical.js';

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The document with `__typename` at the end of every selection set but the operation's own. */
export function withTypename(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet(node, _key, parent): SelectionSetNode | undefined {
      const isRoot = parent && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION;
      if (isRoot || !wantsTypename(node)) return undefined;
      return { ...node, selections: [...node.selections, TYPENAME] };
    },
  });
}
