import { Stopper } from './stopper.ts';

describe('Stopper', () => {
  const before = process.listeners('SIGTERM');
  afterEach(() => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      for (const listener of process.listeners(signal))
        if (!before.includes(listener)) process.off(signal, listener);
  });

  function interruptible(): {
    stopper: Stopper;
    forced: () => number;
    interrupt: (at: number) => void;
  } {
    const stopper = new Stopper();
    let clock = 0;
    let forced = 0;
    stopper.listen(() => clock);
    stopper.onForce(() => (forced += 1));
    const interrupt = (at: number): void => {
      clock = at;
      process.emit('SIGINT', 'SIGINT');
    };
    return { stopper, forced: () => forced, interrupt };
  }

  it('drains on the first signal, which is no failure', async () => {
    const { stopper, interrupt } = interruptible();
    const run = stopper.unlessStopped(new Promise<never>(() => undefined));

    interrupt(0);

    await expect(run).rejects.toThrow();
    expect([stopper.isStopping, stopper.mode, stopper.failure]).toEqual([true, 'drain', undefined]);
  });

  it('forces on a second Ctrl-C, but not on the copy of the first that npm passes on', () => {
    const { stopper, forced, interrupt } = interruptible();

    interrupt(0);
    interrupt(20);
    expect([stopper.mode, forced()]).toEqual(['drain', 0]);
    interrupt(2_000);

    expect([stopper.mode, forced()]).toEqual(['force', 1]);
  });

  it('keeps the first reason', () => {
    const stopper = new Stopper();

    stopper.fail(new Error('first'));
    stopper.fail(new Error('second'));

    expect(stopper.failure).toEqual(new Error('first'));
  });
});
