import type { DeliveryOutcome } from '../deliveries/delivery-outcome.js';
import { judgeAttempt } from './judge-attempt.js';

const NOW_MS = Date.UTC(2026, 2, 23, 12);

describe('judgeAttempt', () => {
  it('[W17] spreads a thousand failures of the same moment over a tenth to either side', () => {
    const outcome: DeliveryOutcome = {
      kind: 'retry',
      status: null,
      error: 'connection_refused',
      retryAfterMs: null,
      pauseMs: null,
    };
    const stepMs = 300_000;
    const waits = Array.from(
      { length: 1_000 },
      () =>
        (judgeAttempt({ attempt: 2, is_test: false }, outcome, NOW_MS).dueAt?.getTime() ?? 0) -
        NOW_MS,
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(stepMs * 0.9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(stepMs * 1.1);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(stepMs * 0.16);
    expect(new Set(waits).size).toBeGreaterThan(900);
  });
});
