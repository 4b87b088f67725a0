import { EndpointMemory } from './endpoint-memory.js';

const at = (id: string, url = 'https://one.example/'): { id: string; url: string } => ({ id, url });

describe('EndpointMemory', () => {
  it('knows nothing of a new URL', () => {
    const memory = new EndpointMemory();
    memory.of(at('a')).note(5_000, true);
    memory.of(at('a')).countSuccess(0);
    expect(memory.of(at('a'))).toMatchObject({ answersInRow: 1 });
    expect(memory.of(at('a')).isSlow(false)).toBe(true);
    const next = memory.of(at('a', 'https://two.example/'));
    expect([next.answersInRow, next.isSlow(false), next.takeSuccesses()]).toEqual([0, false, []]);
  });

  it('forgets the endpoint that was silent for longest', () => {
    const memory = new EndpointMemory(2);
    for (const id of ['a', 'b', 'a', 'c']) memory.of(at(id)).note(1, true);
    expect(['a', 'c'].map((id) => memory.of(at(id)).answersInRow)).toEqual([2, 1]);
    expect(memory.of(at('b')).answersInRow).toBe(0);
  });

  it('grows no width on answers that say the endpoint is down', () => {
    const seen = new EndpointMemory().of(at('a'));
    seen.note(1, true);
    seen.note(1, false);
    expect(seen.answersInRow).toBe(0);
  });

  it('gives its successes away once', () => {
    const seen = new EndpointMemory().of(at('a'));
    for (const nowMs of [1, 2, 10_001]) seen.countSuccess(nowMs);
    expect(seen.takeSuccesses()).toEqual([
      { startedAtMs: 0, attempts: 2, failures: 0 },
      { startedAtMs: 10_000, attempts: 1, failures: 0 },
    ]);
    expect(seen.takeSuccesses()).toEqual([]);
  });
});
