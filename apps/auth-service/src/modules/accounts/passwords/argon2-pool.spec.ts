import type { Worker } from 'node:worker_threads';
import { Argon2Pool } from './argon2-pool.js';

const weak = { memory: 8, passes: 1, parallelism: 1 };
/** Less than argon2 takes: the thread dies of it. */
const deadly = { ...weak, memory: 1 };
/** Long enough to be interrupted. */
const long = { memory: 65_536, passes: 100, parallelism: 1 };

describe('Argon2Pool', () => {
  let pool: Argon2Pool;
  const hash = (parameters = weak): Promise<Buffer> =>
    pool.hash(Buffer.from('correct horse'), Buffer.alloc(16), parameters);

  beforeEach(() => {
    pool = new Argon2Pool(1);
  });
  afterEach(() => pool.close());

  it('goes on with what waits after a thread has died over its job', async () => {
    const failing = hash(deadly);
    const waiting = hash();
    await expect(failing).rejects.toThrow(/memory/i);
    expect(await waiting).toHaveLength(32);
  });

  it('replaces a thread that has ended while it had nothing to do', async () => {
    await hash();
    const [worker] = (pool as unknown as { workers: Set<Worker> }).workers;
    await worker?.terminate();
    expect(await hash()).toHaveLength(32);
  });

  it('tells what runs and what waits that it is closed', async () => {
    const jobs = Promise.allSettled([hash(long), hash()]);
    await pool.close();
    const refused = { status: 'rejected', reason: { code: 'temporarily_unavailable' } };
    expect(await jobs).toMatchObject([refused, refused]);
    await expect(hash()).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });
});
