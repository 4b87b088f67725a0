import { type HttpMapping, sha256Hex, type VariableValues, withTypename } from '#libs/operations';
import { type DocumentNode, print } from 'graphql';
import {
  type ExecutableOperation,
  ExecutionError,
  type ExecutionFailure,
  type ExecutionOutcome,
  type OperationContext,
} from '../execution/index.js';
import { mapAnswer, mapRequest } from './http-mapping.js';
import { reshape } from './reshape.js';
import type { UpstreamClient } from './upstream-client.js';
import type { Upstream } from './upstream.js';

type Ask = (
  context: OperationContext,
  variables: VariableValues,
) => Promise<{ answer: unknown; failures: ExecutionFailure[] }>;

/** Prepares a stored document to run at an upstream. Only the stored text and checked variables ever leave. */
export function prepareUpstream(
  upstream: Upstream,
  client: UpstreamClient,
  document: DocumentNode,
  mapping: HttpMapping | undefined,
): ExecutableOperation {
  const ask = mapping ? askHttp(client, mapping) : askGraphQL(client, document);
  return {
    execute: async (context, variables) => {
      try {
        const { answer, failures } = await ask(context as OperationContext, variables);
        const outcome = await reshape(upstream.schema, document, variables, answer);
        return { data: outcome.data, failures: [...failures, ...outcome.failures] };
      } catch (error) {
        return failed(error);
      }
    },
  };
}

/** With `__typename` everywhere, so that abstract types can be told apart; reshaping drops what was not asked for. */
function askGraphQL(client: UpstreamClient, document: DocumentNode): Ask {
  const query = print(withTypename(document));
  const documentId = `sha256:${sha256Hex(query)}`;
  return async (context, variables) => {
    const body = Buffer.from(JSON.stringify({ query, documentId, variables }));
    const { status, text } = await client.send(context, { method: 'POST', path: '', body });
    const json = parseObject(text);
    const data = json['data'];
    if (status >= 300 || typeof data !== 'object' || data === null) {
      throw new ExecutionError('UPSTREAM_ERROR');
    }
    return { answer: data, failures: toFailures(json['errors'], data) };
  };
}

function askHttp(client: UpstreamClient, mapping: HttpMapping): Ask {
  return async (context, variables) => {
    const { status, text } = await client.send(context, mapRequest(mapping, variables));
    // What is not there is null where the schema allows it.
    if (status === 404 && mapping.method === 'GET') return { answer: {}, failures: [] };
    if (status >= 300) throw new ExecutionError('UPSTREAM_ERROR');
    const json = status === 204 ? {} : parseObject(text);
    return { answer: mapAnswer(mapping, json), failures: [] };
  };
}

/** Of an upstream's errors only the place is kept, and that only where the answer is null there. */
function toFailures(errors: unknown, data: object): ExecutionFailure[] {
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 10).map((error: unknown): ExecutionFailure => {
    const path = typeof error === 'object' && error ? (Reflect.get(error, 'path') as unknown) : [];
    const isPlace = Array.isArray(path) && isNullAt(data, path);
    return { code: 'UPSTREAM_ERROR', path: isPlace ? path : undefined, cause: undefined };
  });
}

function isNullAt(data: unknown, path: unknown[]): path is (string | number)[] {
  let value: unknown = data;
  for (const key of path) {
    if (value === null) return true;
    if (typeof key !== 'string' && typeof key !== 'number') return false;
    if (typeof value !== 'object' || !Object.hasOwn(value, key)) return false;
    value = Reflect.get(value, key);
  }
  return value === null;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch {
    // Said below: an answer that is no JSON object is of no use.
  }
  throw new ExecutionError('UPSTREAM_ERROR');
}

function failed(error: unknown): ExecutionOutcome {
  const { code, input } =
    error instanceof ExecutionError ? error : { code: 'INTERNAL' as const, input: undefined };
  return { data: undefined, failures: [{ code, path: undefined, input, cause: error }] };
}
