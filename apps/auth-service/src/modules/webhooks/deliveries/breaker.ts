import { z } from 'zod';

const OPEN_AFTER_CONSECUTIVE = 10;
const OPEN_AT_FAILURE_RATE = 0.5;
const RATE_NEEDS_ATTEMPTS = 20;
const WINDOW_MS = 60_000;
const SLOT_MS = 10_000;
const FIRST_OPEN_MS = 30_000;
const LONGEST_OPEN_MS = 15 * 60_000;
/** A probe whose worker died is given up after this: the lease of an attempt. */
const PROBE_LEASE_MS = 25_000;

const windowSlot = z.strictObject({
  startedAtMs: z.number(),
  attempts: z.number(),
  failures: z.number(),
});

export type WindowSlot = z.infer<typeof windowSlot>;

const breakerState = z.discriminatedUnion('phase', [
  z.strictObject({
    phase: z.literal('closed'),
    consecutiveFailures: z.number(),
    /** The last minute, in slots of ten seconds, oldest first. */
    window: z.array(windowSlot),
  }),
  z.strictObject({ phase: z.literal('open'), untilMs: z.number(), openForMs: z.number() }),
  z.strictObject({
    phase: z.literal('half_open'),
    probeUntilMs: z.number(),
    openForMs: z.number(),
  }),
]);

/** Whether an endpoint is spared requests (webhooks.md section 8). Plain data: it lives in `webhook.breaker`. */
export type BreakerState = z.infer<typeof breakerState>;

export type BreakerEvent =
  /** An attempt, not of a test delivery, is over. */
  | { readonly type: 'attempted'; readonly isUp: boolean }
  /** A worker is about to send the probe. */
  | { readonly type: 'probe_started' }
  /** Another URL, or enabled again: nothing is known. */
  | { readonly type: 'reset' };

export type BreakerGate =
  | { readonly admits: 'all' }
  /** One attempt, of the oldest pending delivery. */
  | { readonly admits: 'probe' }
  | { readonly admits: 'none'; readonly untilMs: number };

export const CLOSED_BREAKER: BreakerState = { phase: 'closed', consecutiveFailures: 0, window: [] };

/** Successes that are not written one by one: with one more. */
export function countSuccess(successes: readonly WindowSlot[], nowMs: number): WindowSlot[] {
  return record(successes, true, nowMs);
}

/** The state with what was counted elsewhere in the same minute. */
export function withCounted(state: BreakerState, counted: readonly WindowSlot[]): BreakerState {
  if (state.phase !== 'closed' || counted.length === 0) return state;
  const slots = new Map<number, WindowSlot>();
  for (const slot of [...state.window, ...counted]) {
    const sum = slots.get(slot.startedAtMs);
    slots.set(slot.startedAtMs, {
      startedAtMs: slot.startedAtMs,
      attempts: slot.attempts + (sum?.attempts ?? 0),
      failures: slot.failures + (sum?.failures ?? 0),
    });
  }
  const window = [...slots.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
  return { ...state, window };
}

/** The state in a webhook's row; a closed breaker where there is none, or one of another version of this code. */
export function readBreaker(stored: unknown): BreakerState {
  const parsed = breakerState.safeParse(stored);
  return parsed.success ? parsed.data : CLOSED_BREAKER;
}

/** What may be sent now. */
export function breakerGate(state: BreakerState, nowMs: number): BreakerGate {
  switch (state.phase) {
    case 'closed':
      return { admits: 'all' };
    case 'open':
      return nowMs < state.untilMs
        ? { admits: 'none', untilMs: state.untilMs }
        : { admits: 'probe' };
    case 'half_open':
      return nowMs < state.probeUntilMs
        ? { admits: 'none', untilMs: state.probeUntilMs }
        : { admits: 'probe' };
  }
}

/** The state after an event. */
export function breakerAfter(
  state: BreakerState,
  event: BreakerEvent,
  nowMs: number,
): BreakerState {
  switch (event.type) {
    case 'reset':
      return CLOSED_BREAKER;
    case 'probe_started':
      return state.phase === 'closed'
        ? state
        : { phase: 'half_open', probeUntilMs: nowMs + PROBE_LEASE_MS, openForMs: state.openForMs };
    case 'attempted':
      return afterAttempt(state, event.isUp, nowMs);
  }
}

function afterAttempt(state: BreakerState, isUp: boolean, nowMs: number): BreakerState {
  switch (state.phase) {
    case 'closed':
      return afterAttemptWhileClosed(state, isUp, nowMs);
    case 'open':
      // One of those that were already on their way when it opened.
      return state;
    case 'half_open':
      return isUp ? CLOSED_BREAKER : open(Math.min(state.openForMs * 2, LONGEST_OPEN_MS), nowMs);
  }
}

function afterAttemptWhileClosed(
  state: Extract<BreakerState, { phase: 'closed' }>,
  isUp: boolean,
  nowMs: number,
): BreakerState {
  const window = record(state.window, isUp, nowMs);
  const consecutiveFailures = isUp ? 0 : state.consecutiveFailures + 1;
  const attempts = window.reduce((sum, slot) => sum + slot.attempts, 0);
  const failures = window.reduce((sum, slot) => sum + slot.failures, 0);
  const isFailing =
    consecutiveFailures >= OPEN_AFTER_CONSECUTIVE ||
    (attempts >= RATE_NEEDS_ATTEMPTS && failures / attempts >= OPEN_AT_FAILURE_RATE);
  return isFailing ? open(FIRST_OPEN_MS, nowMs) : { phase: 'closed', consecutiveFailures, window };
}

function record(window: readonly WindowSlot[], isUp: boolean, nowMs: number): WindowSlot[] {
  const startedAtMs = nowMs - (nowMs % SLOT_MS);
  const recent = window.filter((slot) => slot.startedAtMs > startedAtMs - WINDOW_MS);
  const last = recent.at(-1);
  const current =
    last?.startedAtMs === startedAtMs ? last : { startedAtMs, attempts: 0, failures: 0 };
  return [
    ...recent.filter((slot) => slot !== current),
    {
      startedAtMs,
      attempts: current.attempts + 1,
      failures: current.failures + (isUp ? 0 : 1),
    },
  ];
}

function open(openForMs: number, nowMs: number): BreakerState {
  return { phase: 'open', untilMs: nowMs + openForMs, openForMs };
}
