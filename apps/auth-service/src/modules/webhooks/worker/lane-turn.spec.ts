import { LaneTurn } from './lane-turn.js';

const [lengthMs, patienceMs] = [2_000, 250];

describe('LaneTurn', () => {
  let turn: LaneTurn;

  beforeEach(() => {
    jest.useFakeTimers();
    turn = new LaneTurn(lengthMs, patienceMs, 0);
  });

  afterEach(() => {
    turn.end();
    jest.useRealTimers();
  });

  it('[W14] gives up its place when nothing is answered for as long as its patience', async () => {
    turn.track(new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(patienceMs - 1);
    expect(turn.over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(turn.over).toBe(true);
  });

  it('is patient again with each answer, until its length', async () => {
    turn.track(new Promise(() => undefined));
    for (let ms = 0; ms < lengthMs - patienceMs; ms += patienceMs - 1) {
      await jest.advanceTimersByTimeAsync(patienceMs - 1);
      expect(turn.over).toBe(false);
      turn.track(Promise.resolve());
    }
    await jest.advanceTimersByTimeAsync(patienceMs);
    expect(turn.over).toBe(true);
  });

  it('does not lose its patience while nothing is under way', async () => {
    await jest.advanceTimersByTimeAsync(lengthMs - 1);
    expect(turn.over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(turn.over).toBe(true);
  });

  it('counts its requests until they settle', async () => {
    turn.track(Promise.resolve());
    turn.track(new Promise(() => undefined));
    expect(turn.underWay).toBe(2);
    await jest.advanceTimersByTimeAsync(0);
    expect(turn.underWay).toBe(1);
  });
});
