const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The wait before each attempt (Standard Webhooks, "Retry schedule"): ten attempts in 75.6 hours. */
export const RETRY_LADDER_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

export const MAX_ATTEMPTS = RETRY_LADDER_MS.length;

/** An attempt that we broke off ourselves may be the last of the ladder; then one more is granted. */
export const MOST_ATTEMPTS = MAX_ATTEMPTS + 1;

const JITTER = 0.1;

export interface RetryRequest {
  /** Attempts made so far, from 1. */
  readonly attempt: number;
  /** What the receiver asked for: a lower bound, which no jitter may undercut. */
  readonly retryAfterMs: number | null;
  /** In [0, 1). */
  readonly random: number;
}

/** Milliseconds until the next attempt; null when the ladder is at its end. */
export function retryDelayMs({ attempt, retryAfterMs, random }: RetryRequest): number | null {
  const stepMs = RETRY_LADDER_MS[attempt];
  if (stepMs === undefined) return null;
  const jitteredMs = Math.round(stepMs * (1 - JITTER + 2 * JITTER * random));
  return Math.max(jitteredMs, retryAfterMs ?? 0);
}
