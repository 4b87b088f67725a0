import { setImmediate as turn } from 'node:timers/promises';
import { CoalescedReads } from './coalesced-reads.js';

/** Reads that are answered by hand, in any order. */
class Reads {
  readonly sent: { keys: readonly string[]; answer: (value: string) => void; fail: () => void }[] =
    [];
  readonly coalesced = new CoalescedReads<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        this.sent.push({
          keys,
          answer: (value) => resolve(new Map(keys.map((key) => [key, `${key} ${value}`]))),
          fail: () => reject(new Error('the database is away')),
        });
      }),
  );

  get keys(): (readonly string[])[] {
    return this.sent.map(({ keys }) => keys);
  }
}

describe('CoalescedReads', () => {
  afterEach(() => jest.useRealTimers());

  it('reads once what is asked for in one turn, each key once', async () => {
    const reads = new Reads();
    const answers = ['a', 'b', 'a'].map((key) => reads.coalesced.find(key));
    await turn();
    expect(reads.keys).toEqual([['a', 'b']]);
    reads.sent[0]?.answer('1');
    expect(await Promise.all(answers)).toEqual(['a 1', 'b 1', 'a 1']);
  });

  it('[O23] [O68] answers from no read that was sent before the question', async () => {
    const reads = new Reads();
    const first = reads.coalesced.find('a');
    await turn();
    const later = ['a', 'b'].map((key) => reads.coalesced.find(key));
    await turn();
    expect(reads.keys).toEqual([['a']]);
    reads.sent[0]?.answer('as it was');
    expect(await first).toBe('a as it was');
    await turn();
    expect(reads.keys).toEqual([['a'], ['a', 'b']]);
    reads.sent[1]?.answer('suspended');
    expect(await Promise.all(later)).toEqual(['a suspended', 'b suspended']);
  });

  it('keeps nothing, and knows what is not there', async () => {
    const reads = new Reads();
    for (const value of ['1', '2']) {
      const found = reads.coalesced.find('a');
      await turn();
      reads.sent.at(-1)?.answer(value);
      expect(await found).toBe(`a ${value}`);
    }
    const empty = new CoalescedReads<string>(() => Promise.resolve(new Map()));
    expect(await empty.find('a')).toBeUndefined();
  });

  it('fails those whose read failed, and reads on for the others', async () => {
    const reads = new Reads();
    const failed = expect(reads.coalesced.find('a')).rejects.toThrow('the database is away');
    await turn();
    const next = reads.coalesced.find('b');
    reads.sent[0]?.fail();
    await failed;
    await turn();
    reads.sent[1]?.answer('1');
    expect(await next).toBe('b 1');
  });

  it('does not wait for a read that hangs', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const reads = new Reads();
    const hanging = reads.coalesced.find('a');
    await turn();
    const next = reads.coalesced.find('b');
    jest.advanceTimersByTime(50);
    expect(reads.keys).toEqual([['a'], ['b']]);
    reads.sent[1]?.answer('1');
    expect(await next).toBe('b 1');
    reads.sent[0]?.answer('late');
    expect(await hanging).toBe('a late');
  });
});
