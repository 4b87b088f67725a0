import { abbreviate, Report } from './report.ts';

describe('Report', () => {
  it('prints every step with its time and sums up', async () => {
    const printed: string[] = [];
    let now = 0;
    const report = new Report(
      (line) => printed.push(line),
      () => (now += 10),
    );

    await report.step('Good', async () => report.note('GET /'));
    await expect(
      report.step('Bad', () => Promise.reject(new Error('not what was promised'))),
    ).rejects.toThrow('not what was promised');

    expect(report.summary()).toBe(false);
    expect(printed.map((line) => line.trim())).toEqual([
      '1. Good',
      'GET /',
      'proven (10 ms)',
      '2. Bad',
      'FAILED: not what was promised (10 ms)',
      'Summary',
      expect.stringMatching(/^ok +1\. Good +10 ms$/),
      expect.stringMatching(/^FAIL +2\. Bad +10 ms$/),
      '1 steps proven, 1 failed, 0.0 s',
    ]);
  });

  it('shows no token and no secret in full', () => {
    const text = abbreviate(
      'Bearer eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl {"client_secret": "abcdefghijkl"} client_secret=abcdefghijkl&x=1 whsec_MfKQ9r8GKYqrTwjU=',
    );

    expect(text).toBe(
      'Bearer eyJhbGci… {"client_secret": "abcd…"} client_secret=abcd…&x=1 whsec_…',
    );
  });
});
