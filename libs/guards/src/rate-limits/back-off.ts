/** So many failures in the window are free; each one over doubles the wait. */
export interface BackOffLimit {
  freeFailures: number;
  windowMs: number;
  firstWaitMs: number;
  longestWaitMs: number;
}

/** How often a key has failed lately, and how long it is to wait before it tries again. */
export interface FailureState {
  count: number;
  /** Milliseconds; 0: it may try. */
  waitMs: number;
}

/** Counts failures per key and slows the next try down. In the instance, or in Redis where several share it. */
export abstract class BackOff {
  abstract look(key: string): FailureState | Promise<FailureState>;
  /**
   * Counts a failure. Of tries that were under way when a wait began none counts: many at once are one step.
   * @param seenCount what `look` said when it was admitted
   */
  abstract fail(key: string, limit: BackOffLimit, seenCount: number): void | Promise<void>;
  /** Forgets the failures of a key, after a success. */
  abstract forget(key: string): void | Promise<void>;
}

/** @param count the failures of the window, this one included  @returns 0 while they are free */
export function backOffMs(count: number, limit: BackOffLimit): number {
  const over = count - limit.freeFailures;
  return over <= 0 ? 0 : Math.min(limit.firstWaitMs * 2 ** (over - 1), limit.longestWaitMs);
}

/** Whether a wait has begun since the failing try was admitted. */
export function isOvertaken(count: number, seenCount: number, limit: BackOffLimit): boolean {
  return count > limit.freeFailures && seenCount < count;
}
