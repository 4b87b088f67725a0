import fc from 'fast-check';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.js';

const NOW_MS = Date.UTC(2026, 2, 23, 12);

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    [' 120 ', 120_000],
    ['007', 7_000],
    ['86400', MAX_RETRY_AFTER_MS],
  ])('[W18] reads %j as seconds', (value, expected) => {
    expect(parseRetryAfter(value, NOW_MS)).toBe(expected);
  });

  it.each([
    'Mon, 23 Mar 2026 12:02:00 GMT',
    'Monday, 23-Mar-26 12:02:00 GMT',
    'Mon Mar 23 12:02:00 2026',
  ])('[W18] reads the HTTP-date %s', (value) => {
    expect(parseRetryAfter(value, NOW_MS)).toBe(120_000);
  });

  it('[W18] reads the one-digit day of an asctime date', () => {
    const nowMs = Date.UTC(1994, 10, 6, 8, 49, 30);
    expect(parseRetryAfter('Sun Nov  6 08:49:37 1994', nowMs)).toBe(7_000);
  });

  it('[W18] asks for no wait with a date of the past', () => {
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', NOW_MS)).toBe(0);
  });

  it.each(['86401', '31536000', '9'.repeat(400), 'Tue, 23 Mar 2027 12:00:00 GMT'])(
    '[W18] caps %s at a day',
    (value) => expect(parseRetryAfter(value, NOW_MS)).toBe(MAX_RETRY_AFTER_MS),
  );

  it.each([
    undefined,
    '',
    '-1',
    '+1',
    '1.5',
    '1e99',
    'NaN',
    'Infinity',
    '0x10',
    '12 seconds',
    '60, 120',
    'tomorrow',
    '2026-03-23T12:02:00Z',
    'Mon, 23 Mar 2026 12:02:00 +0100',
    'Mon, 99 Mar 2026 12:02:00 GMT',
    'Mon, 23 Mar 2026 25:02:00 GMT',
    'null',
  ])('[W18] ignores %j', (value) => {
    expect(parseRetryAfter(value, NOW_MS)).toBeNull();
  });

  it('[W18] gives null or a wait within bounds, whatever it reads', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.date().map(String)),
        (value) => {
          const waitMs = parseRetryAfter(value, NOW_MS) ?? 0;
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(waitMs).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
        },
      ),
    );
  });
});
