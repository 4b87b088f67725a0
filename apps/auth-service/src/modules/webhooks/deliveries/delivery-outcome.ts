import type { CapturedResponse, SendResult } from '#libs/egress';
import type { AttemptErrorClass } from './attempt-error.js';
import { parseRetryAfter } from './retry-after.js';

/** A status with which a receiver, or what stands before it, speaks of overload: others should wait as well. */
const PAUSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What one attempt means for the delivery and its webhook. `status` is the HTTP status, null if none counts. */
export type DeliveryOutcome =
  | { readonly kind: 'succeeded'; readonly status: number }
  | {
      readonly kind: 'retry';
      readonly status: number | null;
      readonly error: AttemptErrorClass;
      /** A lower bound for the next attempt of this delivery. */
      readonly retryAfterMs: number | null;
      /** How long nothing at all is sent to the webhook. */
      readonly pauseMs: number | null;
    }
  /** 410: the delivery fails and the webhook is disabled, reason `gone`. */
  | { readonly kind: 'gone'; readonly status: number; readonly error: AttemptErrorClass }
  /** `webhook-delivery: abort-message`: the delivery fails. */
  | { readonly kind: 'aborted'; readonly status: number; readonly error: AttemptErrorClass }
  /** `webhook-delivery: disable`: the webhook is disabled, reason `receiver_request`; `error` null if this delivery arrived. */
  | { readonly kind: 'disable'; readonly status: number; readonly error: AttemptErrorClass | null }
  /** The destination is forbidden: the delivery fails, for waiting does not help. */
  | { readonly kind: 'blocked'; readonly error: 'blocked_destination' };

export function outcomeOf(result: SendResult, nowMs: number): DeliveryOutcome {
  if (result.outcome === 'responded') return outcomeOfResponse(result.response, nowMs);
  if (result.error === 'blocked_destination') return { kind: 'blocked', error: result.error };
  // A response that broke off says nothing, its status line and headers included.
  return retryOf(null, result.error);
}

/** Whether the receiver's word ends the delivery, the webhook with it or not. */
export function endsByItsWord(outcome: DeliveryOutcome): boolean {
  return outcome.kind !== 'succeeded' && outcome.kind !== 'retry';
}

/**
 * What the outcome is where the URL is no longer the webhook's: its word counts for nothing, and what did not arrive
 * goes to the new one.
 */
export function outcomeAtFormerUrl(outcome: DeliveryOutcome): DeliveryOutcome {
  switch (outcome.kind) {
    case 'succeeded':
      return outcome;
    case 'retry':
      return { ...outcome, pauseMs: null };
    case 'disable':
      if (outcome.error === null) return { kind: 'succeeded', status: outcome.status };
      return retryOf(outcome.status, outcome.error);
    case 'gone':
    case 'aborted':
      return retryOf(outcome.status, outcome.error);
    case 'blocked':
      return retryOf(null, outcome.error);
  }
}

function retryOf(status: number | null, error: AttemptErrorClass): DeliveryOutcome {
  return { kind: 'retry', status, error, retryAfterMs: null, pauseMs: null };
}

function outcomeOfResponse({ status, headers }: CapturedResponse, nowMs: number): DeliveryOutcome {
  const error = errorOf(status);
  const directive = headers['webhook-delivery']?.trim().toLowerCase();

  if (status === 410) return { kind: 'gone', status, error: 'http_4xx' };
  if (directive === 'disable') return { kind: 'disable', status, error };
  if (error === null) return { kind: 'succeeded', status };
  if (directive === 'abort-message') return { kind: 'aborted', status, error };

  const retryAfterMs = parseRetryAfter(headers['retry-after'], nowMs);
  const pauseMs = PAUSING_STATUSES.has(status) ? retryAfterMs : null;
  return { kind: 'retry', status, error, retryAfterMs, pauseMs };
}

/** Null for 2xx, the only success. */
function errorOf(status: number): AttemptErrorClass | null {
  if (status >= 500) return 'http_5xx';
  if (status >= 400) return 'http_4xx';
  return status >= 300 ? 'redirect' : null;
}
