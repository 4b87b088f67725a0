import { encodeId } from '#libs/foundation';
import { z } from 'zod';
import { ATTEMPT_ERROR_MESSAGES, type AttemptErrorClass } from './attempt-error.js';
import type { AttemptRow } from './attempt.query.js';

export const attemptResponse = z.strictObject({
  number: z.number(),
  started_at: z.string(),
  duration_ms: z.number(),
  outcome: z.enum(['succeeded', 'failed', 'interrupted']),
  url: z.string(),
  response_status: z.number().nullable(),
  response_headers: z.record(z.string(), z.string()),
  response_body: z.string().nullable(),
  response_truncated: z.boolean(),
  /** A class and its fixed phrase: never what a socket said. */
  error: z.strictObject({ class: z.string(), message: z.string() }).nullable(),
  retry_after: z.number().nullable(),
  /** Ids of the keys whose signatures were sent. */
  signed_with: z.array(z.string()),
});

export type AttemptResponse = z.output<typeof attemptResponse>;

export function toAttemptResponse(row: AttemptRow): AttemptResponse {
  const error = isErrorClass(row.outcome) ? row.outcome : null;
  return {
    number: row.n,
    started_at: row.started_at.toISOString(),
    duration_ms: row.duration_ms,
    outcome: error === null ? 'succeeded' : error === 'interrupted' ? 'interrupted' : 'failed',
    url: row.url,
    response_status: row.code,
    response_headers: row.resp_headers ?? {},
    response_body: row.resp?.toString() ?? null,
    response_truncated: row.truncated,
    error: error === null ? null : { class: error, message: ATTEMPT_ERROR_MESSAGES[error] },
    retry_after: row.retry_after,
    signed_with: row.key_ids.map((id) => encodeId('sec', id)),
  };
}

function isErrorClass(outcome: string): outcome is AttemptErrorClass {
  return outcome in ATTEMPT_ERROR_MESSAGES;
}
