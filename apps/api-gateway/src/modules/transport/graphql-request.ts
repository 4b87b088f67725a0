import { isUtf8 } from 'node:buffer';
import { countColons } from '#libs/foundation';
import { type VariableValues, measureJson } from '#libs/operations';

/** What a caller asks for, once the body is known to have the shape of a GraphQL request. */
export interface GraphQLRequest {
  /** `sha256:…` or `x-knogin:…`, also where it came as Apollo's `persistedQuery` extension. */
  documentId: string | undefined;
  query: string | undefined;
  operationName: string | undefined;
  variables: VariableValues | undefined;
}

/** Why a body is no GraphQL request, as the caller is told: about its shape alone, never what it holds. */
export type MalformedRequest =
  | 'not_json'
  | 'not_an_object'
  | 'too_deep'
  | 'repeated_member'
  | 'wrong_type'
  | 'ids_differ'
  | 'no_operation';

/** No request that we serve is nested deeper than this; deeper bodies are not even counted. */
const MAX_DEPTH = 64;

/**
 * Reads one GraphQL request in strict JSON: UTF-8 without a byte order mark, one object, members of the right type,
 * no member twice (`JSON.parse` would silently take the last). What it is
 * instead where it is anything else.
 */
export function readGraphQLRequest(bytes: Buffer): GraphQLRequest | MalformedRequest {
  if (!isUtf8(bytes)) return 'not_json';
  const text = bytes.toString('utf8');
  const body = parse(text);
  if (body === undefined) return 'not_json';
  if (!isObject(body)) return 'not_an_object';
  const shape = measureJson(body, MAX_DEPTH);
  if (shape.depth > MAX_DEPTH) return 'too_deep';
  // A member that stands twice is lost in parsing: fewer members in the objects than colons in the text.
  if (shape.members !== countColons(text)) return 'repeated_member';
  const { query, operationName, variables, extensions } = body;
  if (!isAbsentOr(query, 'string') || !isAbsentOr(operationName, 'string')) return 'wrong_type';
  if (!isAbsentOrObject(variables) || !isAbsentOrObject(extensions)) return 'wrong_type';
  const documentId = documentIdOf(body['documentId'], extensions);
  if (documentId === null) return 'wrong_type';
  if (documentId === false) return 'ids_differ';
  if (documentId === undefined && typeof query !== 'string') return 'no_operation';
  return {
    documentId,
    query: query ?? undefined,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * `extensions.persistedQuery` of version 1 is another way to write `documentId`. Null where one has the wrong
 * type, false where the two disagree. Nothing is ever registered.
 */
function documentIdOf(
  documentId: unknown,
  extensions: Record<string, unknown> | null | undefined,
): string | null | false | undefined {
  if (!isAbsentOr(documentId, 'string')) return null;
  const own = documentId ?? undefined;
  const persisted = extensions?.['persistedQuery'];
  if (persisted === undefined || persisted === null) return own;
  if (!isObject(persisted)) return null;
  if (persisted['version'] !== 1) return own;
  const digest = persisted['sha256Hash'];
  if (typeof digest !== 'string') return null;
  const alias = `sha256:${digest}`;
  return own === undefined || own === alias ? alias : false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsentOr(value: unknown, type: 'string'): value is string | null | undefined {
  return value === undefined || value === null || typeof value === type;
}

function isAbsentOrObject(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || isObject(value);
}
