import { Turns } from './turns.js';

/** Work that ends when it is told to. */
function work(): { run: () => Promise<string>; started: () => boolean; end: () => void } {
  let begun = false;
  let end = (): void => undefined;
  const ended = new Promise<string>((resolve) => (end = () => resolve('done')));
  return {
    run: async () => {
      begun = true;
      return ended;
    },
    started: () => begun,
    end: () => end(),
  };
}

describe('Turns', () => {
  it('let so much run at once, and the rest in the order it came', async () => {
    const turns = new Turns(2, 10);
    const works = [work(), work(), work(), work()];
    const results = works.map(({ run }) => turns.take(run));
    expect(works.map(({ started }) => started())).toEqual([true, true, false, false]);
    works[1]?.end();
    await results[1];
    expect(works.map(({ started }) => started())).toEqual([true, true, true, false]);
    for (const { end } of works) end();
    expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done']);
  });

  it('give the place on after a failure', async () => {
    const turns = new Turns(1, 1);
    const failing = turns.take(() => Promise.reject(new Error('failed')));
    const next = turns.take(() => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('next');
    expect(await turns.take(() => Promise.resolve('free again'))).toBe('free again');
  });

  it('refuse what comes when too much waits', async () => {
    const turns = new Turns(1, 1);
    const first = work();
    const running = turns.take(first.run);
    const waiting = turns.take(() => Promise.resolve('waited'));
    await expect(turns.take(() => Promise.resolve('never'))).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    });
    first.end();
    expect([await running, await waiting]).toEqual(['done', 'waited']);
  });
});
