import { Writable } from 'node:stream';
import { createLogger } from '#libs/foundation';
import type { AppliedChange, KeyRotation } from '../../jwks/index.js';
import type { KeyChanges } from './key-changes.js';
import { KeyMaintenance } from './key-maintenance.job.js';

const intervalMs = 10 * 60_000;

describe('KeyMaintenance', () => {
  let lines: string[];
  /** What the next run finds. */
  let outcome: () => Promise<AppliedChange[]>;
  let runs: number;
  let maintenance: KeyMaintenance;

  beforeEach(() => {
    jest.useFakeTimers();
    [lines, runs] = [[], 0];
    outcome = async () => [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const changes = {
      apply: async () => {
        runs += 1;
        return outcome();
      },
    } as unknown as KeyChanges;
    maintenance = new KeyMaintenance(
      {} as KeyRotation,
      changes,
      createLogger({ name: 'test', level: 'info', destination }),
    );
  });

  afterEach(() => jest.useRealTimers());

  it('[O49] looks after the keys at the start and every ten minutes, and logs each change', async () => {
    await maintenance.onApplicationBootstrap();
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(intervalMs - 1);
    expect(runs).toBe(1);
    outcome = async () => [{ kind: 'retired', kid: 'k-1', alg: 'ES256', early: false }];
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'signing_key.retired', kid: 'k-1' });
  });

  it('wakes a person when a later run fails, and tries again; at the start there is no app then', async () => {
    outcome = () => Promise.reject(new Error('the key does not open'));
    await expect(maintenance.onApplicationBootstrap()).rejects.toThrow('the key does not open');
    outcome = async () => [];
    await maintenance.onApplicationBootstrap();
    outcome = () => Promise.reject(new Error('the key does not open'));
    await jest.advanceTimersByTimeAsync(2 * intervalMs);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      Array(2).fill(
        expect.objectContaining({ level: 'error', msg: 'cannot look after the signing keys' }),
      ),
    );
    expect(runs).toBe(4);
  });

  it('[O75] stops when the run under way has ended', async () => {
    await maintenance.onApplicationBootstrap();
    let end = (): void => undefined;
    outcome = () => new Promise((resolve) => (end = () => resolve([])));
    await jest.advanceTimersByTimeAsync(intervalMs);
    let stopped = false;
    const stop = maintenance.beforeApplicationShutdown().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(2 * intervalMs);
    expect([stopped, runs]).toEqual([false, 2]);
    end();
    await stop;
    expect(runs).toBe(2);
  });
});
