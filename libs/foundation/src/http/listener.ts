import type { IncomingMessage } from 'node:http';

/** Which of the process's two HTTP servers took a request. */
export type ListenerName = 'public' | 'operator';

const listeners = new WeakMap<IncomingMessage, ListenerName>();

/** Called by the front handler of a server, once per request, before anything reads the request. */
export function markListener(request: IncomingMessage, name: ListenerName): void {
  listeners.set(request, name);
}

/** Decided by the server object that accepted the connection, never by a path or a header. */
export function listenerOf(request: IncomingMessage): ListenerName {
  const name = listeners.get(request);
  if (!name) throw new Error('a request reached the router without a front handler');
  return name;
}
