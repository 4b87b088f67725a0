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

/** No request that we serve is nested deeper than this; deeper bodies are not even counted. */
const MAX_DEPTH = 64;

/**
 * Reads one GraphQL request in strict JSON: UTF-8 without a byte order mark, one object, members of the right type,
 * no member twice (`JSON.parse` would silently take the last). Undefined where it is anything else.
 */
export function readGraphQLRequest(bytes: Buffer): GraphQLRequest | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const body = parseObject(text);
  if (body === undefined || !isUnambiguous(text, body)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (!isAbsentOr(query, 'string') || !isAbsentOr(operationName, 'string')) return undefined;
  if (!isAbsentOrObject(variables) || !isAbsentOrObject(extensions)) return undefined;
  const documentId = documentIdOf(body['documentId'], extensions);
  if (documentId === null) return undefined;
  if (documentId === undefined && typeof query !== 'string') return undefined;
  return {
    documentId,
    query: query ?? undefined,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As many members in the objects as colons in the text: a member that stands twice is lost in parsing. */
function isUnambiguous(text: string, body: Record<string, unknown>): boolean {
  const shape = measureJson(body, MAX_DEPTH);
  return shape.depth <= MAX_DEPTH && shape.members === countColons(text);
}

/**
 * `extensions.persistedQuery` of version 1 is another way to write `documentId`. Null where the two disagree or have
 * the wrong type. Nothing is ever registered.
 */
function documentIdOf(
  documentId: unknown,
  extensions: Record<string, unknown> | null | undefined,
): string | null | undefined {
  if (!isAbsentOr(documentId, 'string')) return null;
  const own = documentId ?? undefined;
  const persisted = extensions?.['persistedQuery'];
  if (persisted === undefined || persisted === null) return own;
  if (!isObject(persisted)) return null;
  if (persisted['version'] !== 1) return own;
  const digest = persisted['sha256Hash'];
  if (typeof digest !== 'string') return null;
  const alias = `sha256:${digest}`;
  return own === undefined || own === alias ? alias : null;
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
