import { Deadline } from './deadline.js';
import { ExecutionError } from './execution-error.js';
import type { ExecutionOutcome } from './operation-executor.js';
import { runBounded } from './run-bounded.js';

const done: ExecutionOutcome = { data: { a: 1 }, failures: [] };
const never = new Promise<never>(() => undefined);

async function run(
  execute: (context: { deadline: Deadline }) => ExecutionOutcome | Promise<ExecutionOutcome>,
  timeoutMs = 10,
): Promise<ExecutionOutcome> {
  const operation = { execute: (context: object) => execute(context as { deadline: Deadline }) };
  return runBounded(operation, { deadline: new Deadline() }, {}, timeoutMs);
}

describe('runBounded', () => {
  it('hands on what came in time, at once or later', async () => {
    expect(await run(() => done)).toBe(done);
    expect(await run(async () => done)).toBe(done);
  });

  it('keeps what is there when a slow field gives up at the deadline', async () => {
    const outcome = await run(async ({ deadline }) => {
      const slow = await deadline.bound(never).catch((error: unknown) => error);
      return {
        data: { fast: 1, slow: null },
        failures: [{ code: 'TIMEOUT', path: ['slow'], cause: slow }],
      };
    });
    expect(outcome.data).toEqual({ fast: 1, slow: null });
    expect(outcome.failures[0]?.cause).toEqual(new ExecutionError('TIMEOUT'));
  });

  it('waits no longer for an executor that does not give up', async () => {
    expect(await run(() => never)).toEqual({
      data: undefined,
      failures: [{ code: 'TIMEOUT', path: undefined, cause: undefined }],
    });
  });

  it('makes a failure of what an executor throws', async () => {
    const outcome = await run(async () => Promise.reject(new Error('secret')));
    expect(outcome).toMatchObject({ data: undefined, failures: [{ code: 'INTERNAL' }] });
  });
});

describe('Deadline', () => {
  it('aborts its signal, also one that is asked for afterwards', () => {
    const deadline = new Deadline();
    const { signal } = deadline;
    expect(signal.aborted).toBe(false);
    deadline.expire();
    expect(signal.aborted).toBe(true);
    const late = new Deadline();
    late.expire();
    expect(late.signal.aborted).toBe(true);
  });

  it('bounds work, also when it is already over', async () => {
    const deadline = new Deadline();
    await expect(deadline.bound(Promise.resolve(1))).resolves.toBe(1);
    const waiting = deadline.bound(never);
    deadline.expire();
    await expect(waiting).rejects.toThrow('TIMEOUT');
    await expect(deadline.bound(never)).rejects.toThrow('TIMEOUT');
  });
});
