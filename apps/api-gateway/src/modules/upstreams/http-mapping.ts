import type { HttpMapping, VariableValues } from '#libs/operations';
import { ExecutionError } from '../execution/index.js';
import type { UpstreamRequest } from './upstream-client.js';

/**
 * The request that a declarative mapping makes of variables that have passed the rules.
 * @throws ExecutionError BAD_USER_INPUT where a part of the path would be empty or climb, naming the variable
 */
export function mapRequest(mapping: HttpMapping, variables: VariableValues): UpstreamRequest {
  const [path = '', query] = mapping.path.split('?', 2);
  const segments = path.split('/').map((segment) => fillSegment(segment, variables));
  const search = query === undefined ? '' : fillQuery(query, variables);
  const body = mapping.body && fillBody(mapping.body, variables);
  return {
    method: mapping.method,
    path: `${segments.join('/')}${search}`,
    body: body && Buffer.from(JSON.stringify(body)),
  };
}

/** The root of the answer: each response key by its JSON Pointer (RFC 6901). */
export function mapAnswer(mapping: HttpMapping, answer: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(mapping.result).map(([key, pointer]) => [key, follow(answer, pointer)]),
  );
}

const PLACE = /\{([\w.]+)\}/g;

function fillSegment(segment: string, variables: VariableValues): string {
  if (!segment.includes('{')) return segment;
  const filled = segment.replaceAll(PLACE, (_match, name: string) => textOf(variables, name) ?? '');
  // A segment of dots would be resolved away, also when it is percent-encoded (WHATWG URL section 4.1).
  if (filled === '' || filled === '.' || filled === '..') {
    const [place] = segment.matchAll(PLACE);
    throw unfit(place?.[1] ?? null, 'pathSegment');
  }
  return segment.replaceAll(PLACE, (_match, name: string) =>
    encodeURIComponent(textOf(variables, name) ?? ''),
  );
}

/** A parameter whose variable is absent or null is left out. */
function fillQuery(query: string, variables: VariableValues): string {
  const search = new URLSearchParams();
  for (const [name, template] of new URLSearchParams(query)) {
    const place = /^\{([\w.]+)\}$/.exec(template)?.[1];
    const value = place === undefined ? template : textOf(variables, place);
    if (value !== undefined) search.append(name, value);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function fillBody(
  members: Readonly<Record<string, string>>,
  variables: VariableValues,
): Record<string, unknown> {
  const filled = Object.entries(members).map(([name, place]) => [name, valueAt(variables, place)]);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined)) as Record<
    string,
    unknown
  >;
}

function textOf(variables: VariableValues, place: string): string | undefined {
  const value = valueAt(variables, place);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unfit(place, 'type');
}

function unfit(variable: string | null, rule: 'pathSegment' | 'type'): ExecutionError {
  return new ExecutionError('BAD_USER_INPUT', { input: { variable, rule } });
}

function valueAt(variables: VariableValues, place: string): unknown {
  let value: unknown = variables;
  for (const name of place.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

function follow(answer: unknown, pointer: string): unknown {
  let value = answer;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
