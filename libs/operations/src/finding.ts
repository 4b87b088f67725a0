import { type ASTNode, getLocation } from 'graphql';

/** Why a document or a bundle was not approved. Codes are stable; messages are for the operator's eyes. */
export type FindingCode =
  | 'TEXT_TOO_LONG'
  | 'SYNTAX'
  | 'NOT_ONE_OPERATION'
  | 'ANONYMOUS_OPERATION'
  | 'SUBSCRIPTION'
  | 'TYPE_SYSTEM_DEFINITION'
  | 'INCREMENTAL_DELIVERY'
  | 'INTROSPECTION'
  | 'ONLY_TYPENAME'
  | 'INVALID'
  | 'DEPRECATED_FIELD'
  | 'TOO_DEEP'
  | 'TOO_MANY_ALIASES'
  | 'RESERVED_NAME'
  | 'UNBOUNDED_LIST'
  | 'VARIABLE_WITHOUT_RULE'
  | 'UNBOUNDED_VARIABLE'
  | 'UNKNOWN_RULE_PATH'
  | 'RULE_DOES_NOT_FIT'
  | 'DEFAULT_BREAKS_RULE'
  | 'SCOPES_TOO_SMALL'
  | 'COST_TOO_HIGH'
  | 'NAME_MISMATCH'
  | 'UNKNOWN_UPSTREAM'
  | 'MAPPING_DOES_NOT_FIT'
  | 'DUPLICATE_OPERATION'
  | 'EMPTY_BUNDLE';

export interface Finding {
  code: FindingCode;
  message: string;
  /** Where in the document, both counted from 1. */
  position?: { line: number; column: number };
  /** Where in the operation's entry of the manifest, where it is not about the document: member names. */
  member?: readonly string[];
}

export function finding(code: FindingCode, message: string, node?: ASTNode): Finding {
  if (!node?.loc) return { code, message };
  return { code, message, position: getLocation(node.loc.source, node.loc.start) };
}

/** About a member of the operation's entry in the manifest. */
export function manifestFinding(
  code: FindingCode,
  message: string,
  ...member: readonly string[]
): Finding {
  return { code, message, member };
}
