import { EventEmitter } from 'node:events';
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
  let signals: EventEmitter;
  let exit: jest.SpyInstance;

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    signals = new EventEmitter();
    for (const method of ['on', 'once'] as const) {
      jest.spyOn(process, method).mockImplementation((name, listener) => {
        signals[method](name, listener);
        return process;
      });
    }
    exit = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const run = (stop: () => Promise<void>): Promise<void> =>
    runProcess(() => Promise.resolve({ ports: {}, logger, stop }));

  it('stops once, whatever signals come and however often, and ends with 0', async () => {
    const stop = jest.fn(() => Promise.resolve());
    await run(stop);
    // Node kills a process by a signal that nobody listens to.
    const sent = ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGINT', 'SIGTERM'];
    expect(sent.filter((signal) => !signals.emit(signal))).toEqual([]);
    await jest.advanceTimersByTimeAsync(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[0]]);
    expect(lines).toEqual([]);
  });

  it('ends with 1 where the stop fails', async () => {
    await run(() => Promise.reject(new Error('no')));
    signals.emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[1]]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'stop failed',
      err: { message: 'no' },
    });
  });

  it('ends with 1 where something does not let it stop', async () => {
    await run(() => new Promise(() => undefined));
    signals.emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(34_999);
    expect(exit).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(exit.mock.calls).toEqual([[1]]);
    expect(JSON.parse(lines[0] ?? '').err.message).toBe('not stopped after 35000 ms');
  });
});
