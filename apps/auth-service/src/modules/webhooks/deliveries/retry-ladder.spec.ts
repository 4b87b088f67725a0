import fc from 'fast-check';
import { MAX_ATTEMPTS, RETRY_LADDER_MS, retryDelayMs } from './retry-ladder.js';

const MIDDLE = 0.5;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempt = fc.integer({ min: 1, max: MAX_ATTEMPTS - 1 });

describe('retryDelayMs', () => {
  it('[W20] has ten attempts over 75.6 hours', () => {
    expect(MAX_ATTEMPTS).toBe(10);
    const totalMs = RETRY_LADDER_MS.reduce((sum, stepMs) => sum + stepMs, 0);
    expect((totalMs / 3_600_000).toFixed(1)).toBe('75.6');
  });

  it('[W20] waits as documented after each attempt, and ends after the tenth', () => {
    const waits = Array.from({ length: 11 }, (_, index) =>
      retryDelayMs({ attempt: index + 1, retryAfterMs: null, random: MIDDLE }),
    );
    expect(waits).toEqual([
      5_000,
      300_000,
      1_800_000,
      7_200_000,
      18_000_000,
      36_000_000,
      50_400_000,
      72_000_000,
      86_400_000,
      null,
      null,
    ]);
  });

  it('[W17] stays within a tenth of the step', () => {
    fc.assert(
      fc.property(attempt, random, (made, draw) => {
        const stepMs = RETRY_LADDER_MS[made] ?? 0;
        const waitMs =
          retryDelayMs({ attempt: made, retryAfterMs: null, random: draw }) ?? Number.NaN;
        expect(waitMs).toBeGreaterThanOrEqual(stepMs * 0.9);
        expect(waitMs).toBeLessThanOrEqual(stepMs * 1.1);
      }),
    );
  });

  it('[W17] spreads a thousand simultaneous failures', () => {
    for (let made = 1; made < MAX_ATTEMPTS; made++) {
      const waits = Array.from(
        { length: 1_000 },
        (_, index) =>
          retryDelayMs({ attempt: made, retryAfterMs: null, random: index / 1_000 }) ?? 0,
      );
      const spreadMs = Math.max(...waits) - Math.min(...waits);
      expect(spreadMs).toBeGreaterThanOrEqual(0.08 * (RETRY_LADDER_MS[made] ?? 0));
      expect(new Set(waits).size).toBeGreaterThan(900);
    }
  });

  it('[W18] never comes before the time that the receiver asked for', () => {
    fc.assert(
      fc.property(attempt, random, fc.nat(86_400_000), (made, draw, retryAfterMs) => {
        const waitMs = retryDelayMs({ attempt: made, retryAfterMs, random: draw });
        expect(waitMs).toBeGreaterThanOrEqual(retryAfterMs);
      }),
    );
  });

  it('[W18] does not shorten a step that is longer than what was asked for', () => {
    expect(retryDelayMs({ attempt: 2, retryAfterMs: 1_000, random: MIDDLE })).toBe(300_000);
    expect(retryDelayMs({ attempt: 10, retryAfterMs: 1_000, random: MIDDLE })).toBeNull();
  });
});
