import { Writable } from 'node:stream';
import { createLogger } from './logging/logger.js';
import { runProcess } from './run-process.js';

describe('runProcess', () => {
  const lines: string[] = [];
  const logger = createLogger({
    name: 'test',
    level: 'error',
    destination: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    }),
  });
  let signals: Map<string | symbol, () => void>;
  let exit: jest.SpyInstance;

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    signals = new Map();
    jest.spyOn(process, 'once').mockImplementation((name, listener) => {
      signals.set(name, listener as () => void);
      return process;
    });
    exit = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const run = (stop: () => Promise<void>): Promise<void> =>
    runProcess(() => Promise.resolve({ ports: {}, logger, stop }));

  it('stops once, whatever signals come, and ends with 0', async () => {
    const stop = jest.fn(() => Promise.resolve());
    await run(stop);
    signals.get('SIGTERM')?.();
    signals.get('SIGINT')?.();
    await jest.advanceTimersByTimeAsync(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[0]]);
    expect(lines).toEqual([]);
  });

  it('ends with 1 where the stop fails', async () => {
    await run(() => Promise.reject(new Error('no')));
    signals.get('SIGTERM')?.();
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[1]]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'stop failed',
      err: { message: 'no' },
    });
  });

  it('ends with 1 where something does not let it stop', async () => {
    await run(() => new Promise(() => undefined));
    signals.get('SIGTERM')?.();
    await jest.advanceTimersByTimeAsync(34_999);
    expect(exit).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(exit.mock.calls).toEqual([[1]]);
    expect(JSON.parse(lines[0] ?? '').err.message).toBe('not stopped after 35000 ms');
  });
});
