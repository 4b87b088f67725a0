import { Writable } from 'node:stream';
import { createLogger } from './logging/logger.js';
import { Periodic } from './periodic.js';

const intervalMs = 1_000;

describe('Periodic', () => {
  let lines: string[];
  /** The runs so far, each with what ends it. */
  let runs: { end: () => void; fail: (error: Error) => void; stop: AbortSignal }[];
  let periodic: Periodic;

  beforeEach(() => {
    jest.useFakeTimers();
    [lines, runs] = [[], []];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger({ name: 'test', level: 'info', destination });
    const work = (stop: AbortSignal): Promise<void> =>
      new Promise((end, fail) => runs.push({ end, fail, stop }));
    periodic = new Periodic('sweep', intervalMs, work, logger);
    periodic.start();
  });

  afterEach(() => jest.useRealTimers());

  const pass = (intervals: number): Promise<void> =>
    jest.advanceTimersByTimeAsync(intervals * intervalMs);

  it('runs once an interval, the first time after one', async () => {
    expect(runs).toHaveLength(0);
    for (const count of [1, 2, 3]) {
      await pass(1);
      expect(runs).toHaveLength(count);
      runs.at(-1)?.end();
    }
  });

  it('does not run beside itself, and runs on at the next interval', async () => {
    await pass(3);
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await pass(1);
    expect(runs).toHaveLength(2);
  });

  it('logs a run that fails by its name, and runs on', async () => {
    await pass(1);
    runs[0]?.fail(new Error('the database is away'));
    await pass(1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: 'repeated job failed',
        job: 'sweep',
        err: expect.objectContaining({ message: 'the database is away' }),
      }),
    ]);
    expect(runs).toHaveLength(2);
  });

  it('[O75] waits at its stop for the run under way, tells it so, and begins no other', async () => {
    await pass(1);
    expect(runs[0]?.stop.aborted).toBe(false);
    let stopped = false;
    const stop = periodic.stop().then(() => (stopped = true));
    await pass(2);
    expect([runs[0]?.stop.aborted, stopped]).toEqual([true, false]);
    runs[0]?.end();
    await stop;
    await pass(2);
    expect(runs).toHaveLength(1);
  });

  it('stops at once between two runs', async () => {
    await pass(1);
    runs[0]?.end();
    await pass(0);
    await periodic.stop();
    await pass(2);
    expect(runs).toHaveLength(1);
  });
});
