import type { SigningAlg, SigningKeyStatus } from '#libs/entities';
import { longestTokenSeconds } from '#libs/guards';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** How long before it may sign a key stands in the JWKS; far more than twice its max-age of 5 min. */
export const propagationMs = dayMs;
export const rotationPeriodMs = 90 * dayMs;
/** The longest life of any token, 5 min of clock skew and the JWKS's max-age. */
export const retirementMs = longestTokenSeconds * 1000 + 10 * minuteMs;

export const algorithms: readonly SigningAlg[] = ['RS256', 'ES256', 'EdDSA'];

export interface PlannedKey {
  kid: string;
  alg: SigningAlg;
  status: SigningKeyStatus;
  usableFromMs: number;
  activatedAtMs: number | undefined;
  removeAtMs: number | undefined;
}

/** One step of a key's life: published, active, retiring, removed; revoked from anywhere. */
export type KeyChange =
  /** Made to sign at once: the first of its algorithm, or an emergency with no successor left. */
  | { kind: 'created'; alg: SigningAlg; emergency: boolean }
  | { kind: 'published'; alg: SigningAlg; usableFromMs: number }
  | { kind: 'activated'; kid: string; usableFromMs: number }
  | { kind: 'retired'; kid: string; removeAtMs: number }
  | { kind: 'removed'; kid: string }
  | { kind: 'revoked'; kid: string };

/** What is due now. There is always a published successor for each algorithm. */
export function planMaintenance(keys: readonly PlannedKey[], nowMs: number): KeyChange[] {
  const removed = keys
    .filter(({ status, removeAtMs }) => status === 'retiring' && (removeAtMs ?? nowMs) <= nowMs)
    .map(({ kid }) => ({ kind: 'removed' as const, kid }));
  const known = algorithms.filter((alg) => keys.some((key) => key.alg === alg));
  const rotated = known.flatMap((alg) => {
    const { active, successor } = standing(keys, alg);
    const due = !active || (active.activatedAtMs ?? 0) + rotationPeriodMs <= nowMs;
    if (due && successor && successor.usableFromMs <= nowMs)
      return planRotation(active, successor, nowMs);
    return successor ? [] : [publish(alg, nowMs)];
  });
  return [...removed, ...planFirstKeys(keys, nowMs), ...rotated];
}

/** The first key of an algorithm may sign at once: nobody can have cached a JWKS without it. */
export function planFirstKeys(keys: readonly PlannedKey[], nowMs: number): KeyChange[] {
  return algorithms
    .filter((alg) => keys.every((key) => key.alg !== alg))
    .flatMap((alg) => [create(alg, false), publish(alg, nowMs)]);
}

/** The successor takes over; a new successor is published at once. */
export function planRotation(
  active: PlannedKey | undefined,
  successor: PlannedKey,
  nowMs: number,
): KeyChange[] {
  return [
    // The database holds one active key per algorithm, so the old one leaves first.
    ...(active
      ? [{ kind: 'retired' as const, kid: active.kid, removeAtMs: nowMs + retirementMs }]
      : []),
    { kind: 'activated', kid: successor.kid, usableFromMs: successor.usableFromMs },
    publish(successor.alg, nowMs),
  ];
}

/**
 * An emergency: the keys go at once. Where one of them was active, a successor that is left signs at once, or a new
 * key. One algorithm after the other, so that the database holds one active key of each.
 */
export function planRevocation(
  keys: readonly PlannedKey[],
  revoked: readonly PlannedKey[],
  nowMs: number,
): KeyChange[] {
  const rest = keys.filter((key) => !revoked.includes(key));
  return algorithms.flatMap((alg): KeyChange[] => {
    const own = revoked.filter((key) => key.alg === alg);
    if (own.length === 0) return [];
    const gone = own.map(({ kid }) => ({ kind: 'revoked' as const, kid }));
    const { active, successor } = standing(rest, alg);
    if (active) return successor ? gone : [...gone, publish(alg, nowMs)];
    const signs: KeyChange = successor
      ? { kind: 'activated', kid: successor.kid, usableFromMs: nowMs }
      : create(alg, true);
    return [...gone, signs, publish(alg, nowMs)];
  });
}

/** The key that signs, and the published one that signs next: the one published first. */
export function standing(
  keys: readonly PlannedKey[],
  alg: SigningAlg,
): { active: PlannedKey | undefined; successor: PlannedKey | undefined } {
  const own = keys.filter((key) => key.alg === alg);
  return {
    active: own.find(({ status }) => status === 'active'),
    successor: own
      .filter(({ status }) => status === 'published')
      .sort((a, b) => a.usableFromMs - b.usableFromMs)[0],
  };
}

function publish(alg: SigningAlg, nowMs: number): KeyChange {
  return { kind: 'published', alg, usableFromMs: nowMs + propagationMs };
}

function create(alg: SigningAlg, emergency: boolean): KeyChange {
  return { kind: 'created', alg, emergency };
}
