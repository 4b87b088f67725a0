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
  | 'DUPLICATE_OPERATION'
  | 'EMPTY_BUNDLE';

export interface Finding {
  code: FindingCode;
  message: string;
}

export function finding(code: FindingCode, message: string): Finding {
  return { code, message };
}
