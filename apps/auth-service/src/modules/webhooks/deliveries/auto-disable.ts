const HOUR_MS = 3_600_000;
const FAILING_FOR_MS = 5 * 24 * HOUR_MS;
const FAILED_DELIVERIES = 10;
/** Between the first failure and the latest: less is one burst, however long ago. */
const FAILURES_APART_MS = 12 * HOUR_MS;
/** Hours of failing after which the owner is told, latest first. */
const NOTICE_HOURS = [72, 24] as const;

export type NoticeHours = (typeof NOTICE_HOURS)[number];

/** A webhook's failing streak. Test deliveries have no part in it; any success ends it. */
export interface FailingStreak {
  /** The first failure since the last success, or since the webhook was enabled or given another URL. */
  readonly firstFailureAtMs: number;
  readonly lastFailureAtMs: number;
  /** Distinct deliveries with a failed attempt in the streak. */
  readonly failedDeliveries: number;
  /** The latest notice given in the streak; null for none. */
  readonly noticedHours: NoticeHours | null;
}

export type FailingAction =
  | { readonly kind: 'none' }
  /** Tell the owner: `webhook.failing`. */
  | { readonly kind: 'notify'; readonly hours: NoticeHours }
  /** Disable, reason `failing`, and tell the owner: `webhook.disabled`. */
  | { readonly kind: 'disable' };

/** What a failing webhook deserves by now (webhooks.md section 8). It is never deleted. */
export function failingAction(streak: FailingStreak, nowMs: number): FailingAction {
  if (streak.lastFailureAtMs - streak.firstFailureAtMs < FAILURES_APART_MS) return { kind: 'none' };

  const failingMs = nowMs - streak.firstFailureAtMs;
  if (failingMs >= FAILING_FOR_MS && streak.failedDeliveries >= FAILED_DELIVERIES) {
    return { kind: 'disable' };
  }
  const due = NOTICE_HOURS.find((hours) => failingMs >= hours * HOUR_MS);
  return due !== undefined && due > (streak.noticedHours ?? 0)
    ? { kind: 'notify', hours: due }
    : { kind: 'none' };
}
