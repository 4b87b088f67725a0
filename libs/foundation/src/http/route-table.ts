import { type Access, listenerFor } from './access.js';
import type { ListenerName } from './listener.js';

export interface Route {
  method: string;
  /** `/v1/webhooks/:webhookId` */
  path: string;
  access: Access;
}

export type RouteMatch =
  | { kind: 'route'; route: Route }
  | { kind: 'method-not-allowed'; allow: readonly string[] }
  | { kind: 'unknown' };

interface Entry {
  route: Route;
  segments: readonly string[];
}

/**
 * Every route of the process, by listener: the authority on what exists. A path matches letter for letter,
 * a `:parameter` any one segment that decodes to a text. Literal segments win over parameters.
 */
export class RouteTable {
  private readonly entries: Record<ListenerName, Entry[]> = { public: [], operator: [] };
  /** Paths without a parameter, and their methods: most hot routes, found without a search. */
  private readonly literal: Record<ListenerName, Map<string, Map<string, RouteMatch>>> = {
    public: new Map(),
    operator: new Map(),
  };

  add(route: Route): void {
    const listener = listenerFor(route.access);
    this.entries[listener].push({ route, segments: route.path.split('/') });
    if (route.path.includes('/:')) return;
    const methods = this.literal[listener].get(route.path) ?? new Map<string, RouteMatch>();
    this.literal[listener].set(route.path, methods.set(route.method, { kind: 'route', route }));
  }

  list(): Route[] {
    return [...this.entries.public, ...this.entries.operator].map(
      ({ route: { method, path, access } }) => ({ method, path, access }),
    );
  }

  match(listener: ListenerName, method: string, path: string): RouteMatch {
    const known = this.literal[listener].get(path)?.get(method);
    return known ?? this.search(listener, method, path);
  }

  private search(listener: ListenerName, method: string, path: string): RouteMatch {
    const segments = path.split('/');
    const candidates = this.entries[listener].filter((entry) => fits(entry.segments, segments));
    const literal = Math.max(...candidates.map((entry) => literals(entry.segments)));
    const best = candidates
      .filter((entry) => literals(entry.segments) === literal)
      .map((entry) => entry.route);
    const wanted = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
    const route = best.find((one) => wanted.includes(one.method));
    if (route) return { kind: 'route', route };
    if (best.length === 0) return { kind: 'unknown' };
    const methods = new Set(
      best.flatMap((one) => (one.method === 'GET' ? ['GET', 'HEAD'] : [one.method])),
    );
    return { kind: 'method-not-allowed', allow: [...methods].sort(optionsLast) };
  }
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) =>
      part.startsWith(':') ? isValue(segments[index] ?? '') : part === segments[index],
    )
  );
}

/** Nothing has an id that is empty, cannot be decoded or holds U+0000, which PostgreSQL refuses to look for. */
function isValue(segment: string): boolean {
  if (!segment.includes('%')) return segment !== '';
  try {
    return !decodeURIComponent(segment).includes('\0');
  } catch {
    return false;
  }
}

/** By name; OPTIONS, which is about the others, after them. */
function optionsLast(a: string, b: string): number {
  return Number(a === 'OPTIONS') - Number(b === 'OPTIONS') || (a < b ? -1 : 1);
}

function literals(pattern: readonly string[]): number {
  return pattern.filter((part) => !part.startsWith(':')).length;
}
