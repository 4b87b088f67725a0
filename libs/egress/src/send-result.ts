import { toFault, type EgressErrorClass } from './egress-fault.js';
import type { CapturedResponse } from './response-capture.js';
import type { UrlRefusal } from './target-url.js';

interface Exchanged {
  /** Where the request went; null if no connection came about. */
  readonly remoteAddress: string | null;
  readonly durationMs: number;
}

/** A complete response, of whatever status. Redirects are not followed. */
export interface Responded extends Exchanged {
  readonly outcome: 'responded';
  readonly response: CapturedResponse;
}

export interface Failed extends Exchanged {
  readonly outcome: 'failed';
  readonly error: EgressErrorClass;
  /** The runtime's own word: for logs, never for tenants. */
  readonly code: string;
  /** What arrived before the failure. Its status means nothing for the delivery. */
  readonly response: CapturedResponse | null;
}

export type SendResult = Responded | Failed;

/** Null if `error` is no fault of the receiver and has to be thrown. */
export function toSendResult(
  error: Error | null,
  response: CapturedResponse | null,
  exchanged: Exchanged,
): SendResult | null {
  if (error === null && response !== null) return { outcome: 'responded', response, ...exchanged };
  const fault = toFault(error);
  if (fault === null) return null;
  return { outcome: 'failed', error: fault.errorClass, code: fault.code, response, ...exchanged };
}

/** Of a URL that the policy refuses: nothing was resolved or connected. */
export function refusedResult(reason: UrlRefusal): Failed {
  return {
    outcome: 'failed',
    error: 'blocked_destination',
    code: `URL_${reason.toUpperCase()}`,
    response: null,
    remoteAddress: null,
    durationMs: 0,
  };
}
