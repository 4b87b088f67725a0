import { failingAction, type FailingAction, type FailingStreak } from './auto-disable.js';

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 2, 23, 12);

/** The action some hours after the first failure, with failures all the way unless said otherwise. */
function actionAfter(hours: number, streak: Partial<FailingStreak> = {}): FailingAction {
  const nowMs = T0 + hours * HOUR_MS;
  return failingAction(
    {
      firstFailureAtMs: T0,
      lastFailureAtMs: nowMs,
      failedDeliveries: 10,
      noticedHours: null,
      ...streak,
    },
    nowMs,
  );
}

const none = { kind: 'none' };
const disable = { kind: 'disable' };

describe('failingAction', () => {
  it('[W23] tells the owner after 24 and 72 hours and disables after five days', () => {
    expect(actionAfter(23.9)).toEqual(none);
    expect(actionAfter(24)).toEqual({ kind: 'notify', hours: 24 });
    expect(actionAfter(71.9, { noticedHours: 24 })).toEqual(none);
    expect(actionAfter(72, { noticedHours: 24 })).toEqual({ kind: 'notify', hours: 72 });
    expect(actionAfter(119.9, { noticedHours: 72 })).toEqual(none);
    expect(actionAfter(120, { noticedHours: 72 })).toEqual(disable);
  });

  it('[W23] gives a late owner one notice, not two', () => {
    expect(actionAfter(80)).toEqual({ kind: 'notify', hours: 72 });
    expect(actionAfter(80, { noticedHours: 72 })).toEqual(none);
  });

  it('[W23] disables though a notice was missed', () => {
    expect(actionAfter(121)).toEqual(disable);
  });

  it('[W23] does not disable for fewer than ten deliveries, but says that they fail', () => {
    expect(actionAfter(121, { failedDeliveries: 9 })).toEqual({ kind: 'notify', hours: 72 });
    expect(actionAfter(1_000, { failedDeliveries: 9, noticedHours: 72 })).toEqual(none);
  });

  it('[W23] does nothing for one burst, however long ago and however many', () => {
    const burst = { lastFailureAtMs: T0 + 11.9 * HOUR_MS, failedDeliveries: 10_000 };
    expect(actionAfter(24, burst)).toEqual(none);
    expect(actionAfter(1_000, burst)).toEqual(none);
  });

  it('[W23] takes failures twelve hours apart for more than a burst', () => {
    const apart = { lastFailureAtMs: T0 + 12 * HOUR_MS };
    expect(actionAfter(120, apart)).toEqual(disable);
  });
});
