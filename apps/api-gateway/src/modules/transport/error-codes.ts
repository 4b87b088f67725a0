/**
 * Every code a caller of `/graphql` may see: its HTTP status and its one message (spec/graphql.md section 5). A message
 * never says what the caller sent nor what the schema holds.
 */
export const gatewayErrors = {
  BAD_REQUEST: [400, 'Send one GraphQL request as a JSON object in UTF-8.'],
  GRAPHQL_PARSE_FAILED: [400, 'The document is not valid GraphQL.'],
  UNAUTHENTICATED: [401, 'A valid access token is required.'],
  TENANT_REQUIRED: [400, 'Send X-Tenant-ID once, with the id of the tenant of the access token.'],
  TENANT_MISMATCH: [403, 'X-Tenant-ID is not the tenant of the access token.'],
  OPERATION_NOT_APPROVED: [403, 'The operation is not approved for this app and tenant.'],
  INSUFFICIENT_SCOPE: [403, 'The access token lacks a scope that the operation requires.'],
  BAD_USER_INPUT: [400, 'A variable breaks a rule of the operation.'],
  NOT_ACCEPTABLE: [406, 'The answer is application/json or application/graphql-response+json.'],
  IDEMPOTENCY_KEY_INVALID: [400, 'The Idempotency-Key is not valid.'],
  IDEMPOTENCY_IN_PROGRESS: [409, 'The first request with this Idempotency-Key is still running.'],
  IDEMPOTENCY_KEY_REUSED: [422, 'The Idempotency-Key was used with other variables.'],
  IDEMPOTENCY_REPLAY_EXPIRED: [409, 'The first answer to this Idempotency-Key was not kept.'],
  PAYLOAD_TOO_LARGE: [413, 'The request body is larger than 64 KiB.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Send application/json in UTF-8 without a content encoding.'],
  RATE_LIMITED: [429, 'Too many requests.'],
  RESPONSE_TOO_LARGE: [500, 'The answer is larger than the operation allows: ask for less.'],
  INTERNAL: [500, 'Internal error.'],
  UPSTREAM_ERROR: [502, 'A system behind the gateway failed.'],
  TEMPORARILY_UNAVAILABLE: [503, 'Try again in a moment.'],
  TIMEOUT: [504, 'The operation took too long.'],
} as const satisfies Record<string, readonly [number, string]>;

export type GatewayErrorCode = keyof typeof gatewayErrors;
